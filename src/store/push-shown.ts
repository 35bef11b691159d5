/** What devices show: noted once a push has been accepted, and taken back when it is not right any more. */
import type { Db } from "./client.ts";
import { unreadOf } from "./push-candidates.ts";

export interface Shown {
  deviceId: string;
  conversationId: string;
  seq: number;
  badge: number;
}

/** Notes what devices show now. Devices that are gone meanwhile are left out. */
export async function recordShown(db: Db, shown: readonly Shown[]): Promise<void> {
  const badges = Object.fromEntries(shown.map(({ deviceId, badge }) => [deviceId, badge]));
  await db`
    with shown as materialized (
      select * from json_to_recordset(${JSON.stringify(shown)}::text::json)
        as s ("deviceId" uuid, "conversationId" uuid, "seq" bigint)
    ), badges as materialized (select ${JSON.stringify(badges)}::text::jsonb as of
    ), numbered as (
      -- "= any" and a map: joined with what is given, the planner reads all devices
      update devices d set badge = ((select of from badges) ->> d.id::text)::integer
      where d.id = any(${Object.keys(badges)}::uuid[])
      returning d.id
    )
    insert into push_shown as p (device_id, conversation_id, seq)
    select s."deviceId", s."conversationId", max(s."seq") from shown s join numbered n on n.id = s."deviceId"
    group by 1, 2
    on conflict (device_id, conversation_id) do update set seq = greatest(p.seq, excluded.seq), open = true`;
}

/** A device that shows what it should not: notifications of conversations, or a wrong badge. */
export interface Stale {
  deviceId: string;
  pushToken: string;
  platform: "android" | "ios" | "web";
  userId: string;
  /** Its name at the socket. */
  socketDevice: string | null;
  /** All that is unread for the user. */
  badge: number;
  /** Whose notifications are to go, with the seq that each is of. */
  clear: { conversationId: string; seq: number }[];
}

/**
 * The users' devices that show what they should not: the notification of a message that is read or deleted, or of
 * a conversation that the user is not in any more; or another number than there are unread messages.
 */
export async function findStale(db: Db, userIds: readonly string[]): Promise<Stale[]> {
  const rows = await db<Stale[]>`
    with device as materialized (
      select d.*, (
        select coalesce(json_agg(json_build_object('conversationId', s.conversation_id, 'seq', s.seq)), '[]')
        from push_shown s
        left join lateral (
          select p.read_seq from participants p join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
          where p.conversation_id = s.conversation_id and p.user_id = d.user_id and p.status in ('ACTIVE', 'MUTED')
          limit 1) p on true
        left join lateral (
          select m.deleted_at from messages m where m.conversation_id = s.conversation_id and m.seq = s.seq limit 1) m on true
        where s.device_id = d.id and s.open and (p.read_seq is null or p.read_seq >= s.seq or m.deleted_at is not null)) as clear
      from (select distinct unnest(${userIds as string[]}::text[]) as id) u
      cross join lateral (select * from devices where user_id = u.id offset 0) d
      where d.badge is not null
    ), person as materialized (
      select u.id, unread.badge from (select distinct user_id as id from device) u cross join lateral (${unreadOf(db)}) unread
    )
    select d.id as "deviceId", d.push_token as "pushToken", d.platform, d.user_id as "userId",
      d.device_id as "socketDevice", u.badge, d.clear
    from device d join person u on u.id = d.user_id
    where d.badge <> u.badge or json_array_length(d.clear) > 0`;
  return [...rows];
}

/** Notes that devices show the number and, of the conversations, nothing. */
export async function recordCleared(
  db: Db,
  cleared: readonly Pick<Stale, "deviceId" | "badge" | "clear">[],
): Promise<void> {
  const gone = cleared.flatMap(({ deviceId, clear }) => clear.map((shown) => ({ deviceId, ...shown })));
  const badges = Object.fromEntries(cleared.map(({ deviceId, badge }) => [deviceId, badge]));
  await db`
    with gone as materialized (
      select * from json_to_recordset(${JSON.stringify(gone)}::text::json)
        as g ("deviceId" uuid, "conversationId" uuid, "seq" bigint)
    ), closed as (
      update push_shown s set open = false
      where s.device_id = any(${[...new Set(gone.map((shown) => shown.deviceId))]}::uuid[]) and s.open
        and exists (
          select from gone g where g."deviceId" = s.device_id and g."conversationId" = s.conversation_id
            and g."seq" >= s.seq)
    ), badges as materialized (select ${JSON.stringify(badges)}::text::jsonb as of
    )
    update devices d set badge = ((select of from badges) ->> d.id::text)::integer
    where d.id = any(${Object.keys(badges)}::uuid[])`;
}
