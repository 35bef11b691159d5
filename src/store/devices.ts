import type { Db } from "./client.ts";

export interface DeviceRow {
  userId: string;
  pushToken: string;
  platform: string;
  appVersion: string | null;
  language: string | null;
}

/** Makes the token this user's: a device that changes hands leaves its former user. */
export async function upsertDevice(db: Db, device: DeviceRow): Promise<void> {
  await db`
    insert into devices (user_id, push_token, platform, app_version, language)
    values (${device.userId}, ${device.pushToken}, ${device.platform}, ${device.appVersion}, ${device.language})
    on conflict (push_token) do update
    set user_id = excluded.user_id, platform = excluded.platform, app_version = excluded.app_version,
      language = excluded.language, last_seen_at = now()`;
}

/** Forgets the user's token; another user's is left alone. */
export async function deleteDevice(db: Db, userId: string, pushToken: string): Promise<void> {
  await db`delete from devices where user_id = ${userId} and push_token = ${pushToken}`;
}
