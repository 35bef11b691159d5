import type {
  ConversationPatch,
  ConversationSettings,
  ConversationStatus,
  ConversationType,
  NotificationSettings,
  Permissions,
  Role,
} from "../protocol/conversation.ts";
import type { Db } from "./client.ts";
import { type DirectPair, type MessageRow, messageColumns } from "./message-rows.ts";

/** The id of the conversation of two users, made when there is none; undefined when one of them does not exist. */
export async function ensureDirect(
  db: Db,
  newId: string,
  userId: string,
  otherId: string,
): Promise<string | undefined> {
  const [low, high] = userId < otherId ? [userId, otherId] : [otherId, userId];
  // A second round only when another gateway made it between our look and our insert.
  for (let round = 0; round < 3; round++) {
    const [row] = await db<{ id: string | null; users: number }[]>`
      with found as (
        select id from conversations where direct_low = ${low} and direct_high = ${high}
      ), known as (
        select id from users where id in (${low}, ${high})
      ), made as (
        insert into conversations (id, type, direct_low, direct_high, created_by)
        select ${newId}, 'DIRECT', ${low}, ${high}, ${userId}
        where not exists (select from found)
          and (select count(*) from known) = ${low === high ? 1 : 2}
        on conflict do nothing
        returning id
      ), joined as (
        insert into participants (conversation_id, user_id)
        select made.id, known.id from made, known
      )
      select coalesce((select id from found), (select id from made)) as id, (select count(*) from known) as users`;
    if (row?.id) return row.id;
    if (row?.users !== (low === high ? 1 : 2)) return undefined;
  }
  throw new Error("a direct conversation was neither found nor made in three rounds");
}

/** What the gateway must know of a conversation to act in it for a user. */
export interface Access extends DirectPair {
  id: string;
  type: ConversationType;
  status: ConversationStatus;
  settings: ConversationSettings;
  rateLimit: number | null;
  membersVersion: number;
  role: Role;
  muted: boolean;
  permissions: Permissions;
}

/** A user's access to a conversation; undefined when there is none (also of a deleted one). */
export async function findAccess(
  db: Db,
  conversationId: string,
  userId: string,
): Promise<Access | undefined> {
  const [row] = await db<Access[]>`
    select c.id, c.type, c.status, c.settings, c.rate_limit as "rateLimit", c.members_version as "membersVersion",
      c.direct_low as "directLow", c.direct_high as "directHigh", p.role, p.status = 'MUTED' as muted, p.permissions
    from participants p join conversations c on c.id = p.conversation_id
    where p.conversation_id = ${conversationId} and p.user_id = ${userId}
      and p.status in ('ACTIVE', 'MUTED') and c.status <> 'DELETED'`;
  return row;
}

export interface ConversationRow extends DirectPair {
  id: string;
  type: ConversationType;
  status: ConversationStatus;
  name: string | null;
  description: string | null;
  settings: ConversationSettings;
  rateLimit: number | null;
  seq: number;
  version: number;
  createdAt: Date;
  changedAt: Date;
  unread: number;
  memberCount: number;
  notificationSettings: NotificationSettings;
  last: MessageRow | null;
}

// Where a conversation's column has the name of a message's, it is called list….
type ListRow = Omit<ConversationRow, "last" | "id" | "type" | "seq" | "version"> &
  MessageRow & { listId: string; listType: ConversationType; listSeq: number; listVersion: number };

/** A user's conversations, the most recently changed first; `ids` narrows them. */
export async function readConversations(
  db: Db,
  userId: string,
  options: { ids?: readonly string[]; limit: number; before?: { changedAt: Date; id: string } | undefined },
): Promise<ConversationRow[]> {
  const rows = await db<ListRow[]>`
    select c.id as "listId", c.type as "listType", c.status, c.name, c.description, c.settings, c.rate_limit as "rateLimit",
      c.seq as "listSeq", c.version as "listVersion", c.created_at as "createdAt", c.changed_at as "changedAt",
      c.direct_low as "directLow", c.direct_high as "directHigh", p.notification_settings as "notificationSettings",
      (select count(*) from (
        select from messages u where u.conversation_id = c.id and u.seq > p.read_seq and u.sender_id <> ${userId}
          and u.deleted_at is null limit 1000) unread) as unread,
      (select count(*) from participants q where q.conversation_id = c.id and q.status in ('ACTIVE', 'MUTED')) as "memberCount",
      ${messageColumns(db)}
    from participants p
    join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
    left join lateral (select * from messages where conversation_id = c.id order by seq desc limit 1) m on true
    where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
      ${options.ids ? db`and c.id = any(${options.ids as string[]}::uuid[])` : db``}
      ${options.before ? db`and (c.changed_at, c.id) < (${options.before.changedAt}, ${options.before.id}::uuid)` : db``}
    order by c.changed_at desc, c.id desc
    limit ${options.limit}`;
  return rows.map((row) => ({
    id: row.listId,
    type: row.listType,
    status: row.status,
    name: row.name,
    description: row.description,
    settings: row.settings,
    rateLimit: row.rateLimit,
    seq: row.listSeq,
    version: row.listVersion,
    createdAt: row.createdAt,
    changedAt: row.changedAt,
    directLow: row.directLow,
    directHigh: row.directHigh,
    unread: row.unread,
    memberCount: row.memberCount,
    notificationSettings: row.notificationSettings,
    last: row.conversationId === null ? null : row,
  }));
}

/** Makes a conversation with its members in one statement. @returns the ids of users who do not exist (then nothing was made). */
export async function insertConversation(
  db: Db,
  conversation: {
    id: string;
    type: ConversationType;
    name: string | null;
    description: string | null;
    settings: ConversationSettings;
    ownerId: string;
    memberIds: readonly string[];
  },
): Promise<{ missing: string[] }> {
  const ids = [...new Set([conversation.ownerId, ...conversation.memberIds])];
  const [row] = await db<{ missing: string[] }[]>`
    with wanted as (select unnest(${ids}::text[]) as id),
    missing as (select id from wanted w where not exists (select from users u where u.id = w.id)),
    made as (
      insert into conversations (id, type, name, description, settings, created_by)
      select ${conversation.id}, ${conversation.type}, ${conversation.name}, ${conversation.description},
        ${JSON.stringify(conversation.settings)}::text::jsonb, ${conversation.ownerId}
      where not exists (select from missing)
      returning id
    ), joined as (
      insert into participants (conversation_id, user_id, role)
      select made.id, wanted.id, case when wanted.id = ${conversation.ownerId} then 'OWNER' else 'MEMBER' end from made, wanted
    ), audited as (
      insert into audit (actor_id, action, conversation_id, details)
      select ${conversation.ownerId}, 'conversation.created', made.id, jsonb_build_object('type', ${conversation.type}::text) from made
    )
    select coalesce((select array_agg(id) from missing), '{}') as missing`;
  return { missing: row?.missing ?? [] };
}

/** Changes a conversation's own fields; absent ones stay. Deleting it changes its membership for everybody. */
export async function updateConversation(
  db: Db,
  id: string,
  actorId: string,
  patch: Omit<ConversationPatch, "notificationSettings" | "status"> & {
    status?: ConversationStatus | undefined;
  },
): Promise<{ membersVersion: number }> {
  const [row] = await db<{ membersVersion: number }[]>`
    with changed as (
      update conversations set
        name = case when ${patch.name !== undefined} then ${patch.name ?? null} else name end,
        description = case when ${patch.description !== undefined} then ${patch.description ?? null} else description end,
        status = coalesce(${patch.status ?? null}, status),
        settings = settings || ${JSON.stringify(patch.settings ?? {})}::text::jsonb,
        rate_limit = case when ${patch.rateLimit !== undefined} then ${patch.rateLimit ?? null}::integer else rate_limit end,
        members_version = members_version + case when ${patch.status === "DELETED"} then 1 else 0 end,
        updated_at = now()
      where id = ${id}
      returning id, members_version
    ), audited as (
    insert into audit (actor_id, action, conversation_id, details)
    select ${actorId}, ${patch.status === "DELETED" ? "conversation.deleted" : "conversation.updated"}, id,
      jsonb_build_object('fields', ${Object.keys(patch)}::text[]) from changed
    )
    select members_version as "membersVersion" from changed`;
  return row ?? { membersVersion: 0 };
}

export async function updateNotificationSettings(
  db: Db,
  conversationId: string,
  userId: string,
  settings: NotificationSettings,
): Promise<void> {
  await db`update participants set notification_settings = notification_settings || ${JSON.stringify(settings)}::text::jsonb
    where conversation_id = ${conversationId} and user_id = ${userId}`;
}

/** The conversations whose rooms a user's socket joins: all but direct ones, which reach it by the user's own room. */
export async function readRooms(db: Db, userId: string): Promise<{ id: string; membersVersion: number }[]> {
  return db<{ id: string; membersVersion: number }[]>`
    select c.id, c.members_version as "membersVersion"
    from participants p join conversations c on c.id = p.conversation_id
    where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED') and c.direct_low is null and c.status <> 'DELETED'`;
}

/** `{conversationId: version}` of the user's conversations that changed within the last `seconds`. */
export async function readRecentVersions(
  db: Db,
  userId: string,
  seconds: number,
): Promise<Record<string, number>> {
  const rows = await db<{ id: string; version: number }[]>`
    select c.id, c.version
    from participants p join conversations c on c.id = p.conversation_id
    where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED') and c.status <> 'DELETED'
      and c.changed_at > now() - make_interval(secs => ${seconds}) and c.version > 0
    order by c.changed_at desc limit 500`;
  return Object.fromEntries(rows.map((row) => [row.id, row.version]));
}

/** The direct conversation of two users: null when there is none yet, undefined when there is no such other user. */
export async function findDirect(
  db: Db,
  userId: string,
  otherId: string,
): Promise<string | null | undefined> {
  const [low, high] = userId < otherId ? [userId, otherId] : [otherId, userId];
  const [row] = await db<{ id: string | null }[]>`
    select (select id from conversations where direct_low = ${low} and direct_high = ${high} and status <> 'DELETED') as id
    from users where id = ${otherId}`;
  return row ? row.id : undefined;
}
