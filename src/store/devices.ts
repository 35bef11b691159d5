import type { Db } from "./client.ts";

export interface DeviceRow {
  userId: string;
  pushToken: string;
  platform: string;
  appVersion: string | null;
  language: string | null;
  /** Its name at the socket, if the client told it. */
  deviceId: string | null;
}

/**
 * Makes the token this user's: a device that changes hands leaves its former user, with all that is known of
 * what it shows. A device that has a new token keeps only that one.
 */
export async function upsertDevice(db: Db, device: DeviceRow): Promise<void> {
  await db`
    with replaced as (
      delete from devices
      where user_id = ${device.userId} and device_id = ${device.deviceId}::text and push_token <> ${device.pushToken}
    ), forgotten as (
      delete from push_shown where device_id = (
        select id from devices where push_token = ${device.pushToken} and user_id <> ${device.userId})
    )
    insert into devices as d (user_id, push_token, platform, app_version, language, device_id)
    values (${device.userId}, ${device.pushToken}, ${device.platform}, ${device.appVersion}, ${device.language},
      ${device.deviceId})
    on conflict (push_token) do update
    set user_id = excluded.user_id, platform = excluded.platform, app_version = excluded.app_version,
      language = excluded.language, device_id = excluded.device_id, last_seen_at = now(),
      badge = case when d.user_id = excluded.user_id then d.badge end`;
}

/** Forgets the user's token; another user's is left alone. */
export async function deleteDevice(db: Db, userId: string, pushToken: string): Promise<void> {
  await db`delete from devices where user_id = ${userId} and push_token = ${pushToken}`;
}

/** Forgets devices whose tokens the push service has called invalid, unless they have registered a new one since. */
export async function deleteDevices(
  db: Db,
  gone: readonly { deviceId: string; pushToken: string }[],
): Promise<number> {
  const result = await db`
    delete from devices using json_to_recordset(${JSON.stringify(gone)}::text::json)
      as g ("deviceId" uuid, "pushToken" text)
    where id = g."deviceId" and push_token = g."pushToken"`;
  return result.count;
}

/**
 * Forgets devices that have not registered for `days`: at most `limit`.
 * @returns how many; as many as `limit`: there may be more.
 */
export async function deleteOldDevices(db: Db, days: number, limit: number): Promise<number> {
  const result = await db`
    delete from devices where id in (
      select id from devices where last_seen_at < now() - make_interval(days => ${days})
      limit ${limit} for update skip locked)`;
  return result.count;
}
