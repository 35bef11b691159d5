import type { NotificationSettings } from "../protocol/conversation.ts";
import type { MessageType } from "../protocol/message.ts";
import type { Db } from "./client.ts";

/** A device of somebody who has unread messages in a conversation. */
export interface PushKey {
  conversationId: string;
  userId: string;
  deviceId: string;
}

/**
 * The devices of one shard's users who have something unread in the conversations that the device does not show
 * yet, the users in order. Whose messages those are is looked at only by `readPushCandidates`.
 */
export async function findPushKeys(
  db: Db,
  options: {
    conversationIds: readonly string[];
    shard: number;
    shards: number;
    deviceIds?: readonly string[];
  },
): Promise<PushKey[]> {
  return db<PushKey[]>`
    select p.conversation_id as "conversationId", p.user_id as "userId", d.id as "deviceId"
    from unnest(${options.conversationIds as string[]}::uuid[]) as asked(id)
    cross join lateral (select id, seq from conversations where id = asked.id and status <> 'DELETED' limit 1) c
    cross join lateral (
      select * from participants
      where conversation_id = c.id and status in ('ACTIVE', 'MUTED') and read_seq < c.seq offset 0) p
    cross join lateral (select id from devices where user_id = p.user_id offset 0) d
    where push_shard(p.user_id, ${options.shards}) = ${options.shard}
      ${options.deviceIds ? db`and d.id = any(${options.deviceIds as string[]}::uuid[])` : db``}
      and coalesce((
        select s.seq from push_shown s where s.device_id = d.id and s.conversation_id = c.id), 0) < c.seq
    order by 2, 1, 3`;
}

/** A device, the message that it may be told of, and all that decides whether and how. */
export interface PushCandidate {
  deviceId: string;
  pushToken: string;
  platform: "android" | "ios" | "web";
  language: string | null;
  /** Its name at the socket. */
  socketDevice: string | null;
  /** Those of all the user's devices. */
  socketDevices: string[];
  userId: string;
  userSettings: NotificationSettings;
  settings: NotificationSettings;
  /** Whether some device of the user has confirmed the message. */
  delivered: boolean;
  conversationId: string;
  conversationName: string | null;
  direct: boolean;
  messageId: string;
  seq: number;
  senderId: string;
  senderName: string;
  type: MessageType;
  content: string;
  isEncrypted: boolean;
  sentAt: Date;
  /** All that is unread for the user, in all conversations. */
  badge: number;
}

/** What makes a mention mean somebody: their id, or their name without its spaces, or everybody. */
export const everybody = ["all", "everyone", "channel", "here"];

/**
 * What each of the devices may be told of: the newest message that is unread, not the user's own, not deleted,
 * not shown yet, sent at least `delay` and at most `oldest` ms ago; for a user who wants only mentions, the newest
 * of those. A device with nothing to be told of is left out. A few hundred keys are a good number.
 */
export async function readPushCandidates(
  db: Db,
  keys: readonly PushKey[],
  { delay, oldest }: { delay: number; oldest: number },
): Promise<PushCandidate[]> {
  return db<PushCandidate[]>`
    with key as materialized (
      select * from json_to_recordset(${JSON.stringify(keys)}::text::json)
        as k ("conversationId" uuid, "userId" text, "deviceId" uuid)
    ), person as materialized (
      select u.id, u.name, u.notification_settings as settings, unread.badge,
        array(select device_id from devices where user_id = u.id and device_id is not null) as "socketDevices"
      from (select distinct "userId" as id from key) k
      cross join lateral (select * from users where id = k.id limit 1) u
      cross join lateral (${unreadOf(db)}) unread
    )
    select d.id as "deviceId", d.push_token as "pushToken", d.platform, d.language, d.device_id as "socketDevice",
      u."socketDevices", u.id as "userId", u.settings as "userSettings", p.notification_settings as settings,
      p.delivered_seq >= m.seq as delivered, c.id as "conversationId", c.name as "conversationName",
      c.type = 'DIRECT' as direct, m.id as "messageId", m.seq, m.sender_id as "senderId",
      coalesce((select name from users where id = m.sender_id), '') as "senderName", m.type, m.content,
      m.is_encrypted as "isEncrypted", m.created_at as "sentAt", u.badge
    from key k
    join person u on u.id = k."userId"
    cross join lateral (select * from devices where id = k."deviceId" and user_id = u.id limit 1) d
    cross join lateral (select * from conversations where id = k."conversationId" and status <> 'DELETED' limit 1) c
    cross join lateral (
      select * from participants where conversation_id = c.id and user_id = u.id and status in ('ACTIVE', 'MUTED')
      limit 1) p
    left join lateral (select seq from push_shown where device_id = d.id and conversation_id = c.id limit 1) s on true
    cross join lateral (
      select * from (
        -- who has been away for long has many that are too old: what is due is among the last ones
        select * from messages
        where conversation_id = c.id and seq > greatest(p.read_seq, coalesce(s.seq, 0))
        order by seq desc limit 1000) n
      where n.sender_id <> u.id and n.deleted_at is null and n.created_at <= clock_timestamp() - ${`${delay} ms`}::interval
        and n.created_at > now() - ${`${oldest} ms`}::interval
        and (coalesce(p.notification_settings ->> 'level', u.settings ->> 'level', 'all') <> 'mentions' or exists (
          select from jsonb_array_elements_text(n.metadata -> 'mentions') w where lower(w) in (
            lower(u.id), lower(replace(u.name, ' ', '')), lower(replace(u.name, ' ', '.')),
            lower(replace(u.name, ' ', '_')), lower(replace(u.name, ' ', '-')))
            or lower(w) = any(${everybody}::text[])))
      order by n.seq desc limit 1) m
    order by u.id, d.id`;
}

/** How many messages are unread for the user `u`: the sum of what GET /conversations says of each of them. */
export function unreadOf(db: Db) {
  return db`
    select coalesce(sum(n), 0)::integer as badge from (
      select c.id, p.read_seq
      from participants p
      cross join lateral (
        select id from conversations where id = p.conversation_id and status <> 'DELETED' and seq > p.read_seq limit 1) c
      where p.user_id = u.id and p.status in ('ACTIVE', 'MUTED') offset 0) q
    cross join lateral (
      select count(*) as n from (
        select from messages x
        where x.conversation_id = q.id and x.seq > q.read_seq and x.sender_id <> u.id and x.deleted_at is null
        limit 1000) unread) counted`;
}
