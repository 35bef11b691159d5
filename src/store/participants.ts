import type { Participant, ParticipantStatus, Permissions, Role } from "../protocol/conversation.ts";
import type { Db } from "./client.ts";

interface ParticipantRow {
  conversationId: string;
  userId: string;
  name: string;
  avatarUrl: string | null;
  lastSeen: Date | null;
  role: Role;
  status: ParticipantStatus;
  permissions: Permissions;
  deliveredSeq: number;
  readSeq: number;
  deliveredAt: Date | null;
  readAt: Date | null;
  joinedAt: Date;
}

/** The active participants of conversations, at most `limit` of each, the longest in first. */
export async function readParticipants(
  db: Db,
  conversationIds: readonly string[],
  limit: number,
): Promise<Map<string, Participant[]>> {
  const rows = await db<ParticipantRow[]>`
    select p.conversation_id as "conversationId", p.user_id as "userId", u.name, u.avatar_url as "avatarUrl",
      u.last_seen as "lastSeen", p.role, p.status, p.permissions, p.delivered_seq as "deliveredSeq",
      p.read_seq as "readSeq", p.joined_at as "joinedAt"
    from unnest(${conversationIds as string[]}::uuid[]) as c(id)
    cross join lateral (
      select * from participants where conversation_id = c.id and status in ('ACTIVE', 'MUTED')
      order by joined_at, user_id limit ${limit}) p
    join users u on u.id = p.user_id`;
  const byConversation = new Map<string, Participant[]>();
  for (const row of rows) {
    const participant: Participant = {
      userId: row.userId,
      user: {
        id: row.userId,
        name: row.name,
        avatarUrl: row.avatarUrl,
        lastSeen: row.lastSeen?.toISOString() ?? null,
      },
      role: row.role,
      status: row.status,
      permissions: row.permissions,
      deliveredSeq: row.deliveredSeq,
      readSeq: row.readSeq,
      joinedAt: row.joinedAt.toISOString(),
    };
    const list = byConversation.get(row.conversationId);
    if (list) list.push(participant);
    else byConversation.set(row.conversationId, [participant]);
  }
  return byConversation;
}

/** One participant, whatever their status. */
export async function findParticipant(
  db: Db,
  conversationId: string,
  userId: string,
): Promise<{ role: Role; status: ParticipantStatus } | undefined> {
  const [row] = await db<{ role: Role; status: ParticipantStatus }[]>`
    select role, status from participants where conversation_id = ${conversationId} and user_id = ${userId}`;
  return row;
}

export interface MembershipChange {
  membersVersion: number;
  /** Who really changed. */
  userIds: string[];
}

/**
 * Adds users as members, or brings those back who had left. Who is banned stays out. New members start
 * with everything before read: they may look back, but nothing is unread.
 */
export async function addParticipants(
  db: Db,
  conversationId: string,
  actorId: string,
  userIds: readonly string[],
): Promise<MembershipChange & { missing: string[] }> {
  const [row] = await db<(MembershipChange & { missing: string[] })[]>`
    with wanted as (select distinct unnest(${userIds as string[]}::text[]) as id),
    missing as (select id from wanted w where not exists (select from users u where u.id = w.id)),
    target as materialized (
      select id, seq from conversations where id = ${conversationId} and not exists (select from missing) for update
    ), added as (
      insert into participants as p (conversation_id, user_id, delivered_seq, read_seq, pushed_seq)
      select target.id, wanted.id, target.seq, target.seq, target.seq from target, wanted order by wanted.id
      on conflict (conversation_id, user_id) do update
        set status = 'ACTIVE', role = 'MEMBER', joined_at = now(), left_at = null,
          delivered_seq = excluded.delivered_seq, read_seq = excluded.read_seq, pushed_seq = excluded.pushed_seq
        where p.status in ('LEFT', 'REMOVED')
      returning user_id
    ), bumped as (
      update conversations c set members_version = members_version + 1, updated_at = now()
      from target where c.id = target.id and exists (select from added)
      returning c.members_version
    ), audited as (
      insert into audit (actor_id, action, conversation_id, subject_id)
      select ${actorId}, 'participant.added', ${conversationId}::uuid, user_id from added
    )
    select coalesce((select members_version from bumped), 0) as "membersVersion",
      coalesce((select array_agg(user_id) from added), '{}') as "userIds",
      coalesce((select array_agg(id) from missing), '{}') as missing`;
  return row as MembershipChange & { missing: string[] };
}

/** Ends a membership. @returns undefined when the user was not an active participant. */
export async function endParticipation(
  db: Db,
  change: { conversationId: string; actorId: string; userId: string; status: "LEFT" | "REMOVED" | "BANNED" },
): Promise<MembershipChange | undefined> {
  const [row] = await db<MembershipChange[]>`
    with target as materialized (
      select id from conversations where id = ${change.conversationId} for update
    ), ended as (
      update participants p set status = ${change.status}, left_at = now()
      from target where p.conversation_id = target.id and p.user_id = ${change.userId}
        and (p.status in ('ACTIVE', 'MUTED') or ${change.status} = 'BANNED')
      returning p.user_id
    ), bumped as (
      update conversations c set members_version = members_version + 1, updated_at = now()
      from target where c.id = target.id and exists (select from ended)
      returning c.members_version
    ), audited as (
      insert into audit (actor_id, action, conversation_id, subject_id)
      select ${change.actorId}, 'participant.' || lower(${change.status}), ${change.conversationId}::uuid, user_id from ended
    )
    select b.members_version as "membersVersion", array(select user_id from ended) as "userIds" from bumped b`;
  return row;
}

/** Changes role, status (ACTIVE or MUTED) or permissions of an active participant. */
export async function updateParticipant(
  db: Db,
  change: {
    conversationId: string;
    actorId: string;
    userId: string;
    role?: Role | undefined;
    status?: "ACTIVE" | "MUTED" | undefined;
    permissions?: Permissions | undefined;
  },
): Promise<boolean> {
  const rows = await db`
    with changed as (
      update participants set role = coalesce(${change.role ?? null}, role), status = coalesce(${change.status ?? null}, status),
        permissions = permissions || ${JSON.stringify(change.permissions ?? {})}::text::jsonb
      where conversation_id = ${change.conversationId} and user_id = ${change.userId} and status in ('ACTIVE', 'MUTED')
      returning user_id)
    insert into audit (actor_id, action, conversation_id, subject_id, details)
    select ${change.actorId}, 'participant.updated', ${change.conversationId}::uuid, user_id,
      ${JSON.stringify({ role: change.role, status: change.status })}::text::jsonb from changed
    returning id`;
  return rows.length > 0;
}

/** Who of `userIds` is an active participant now, with the membership's version: what a gateway's room is set to. */
export async function readMembership(
  db: Db,
  conversationId: string,
  userIds: readonly string[],
): Promise<MembershipChange> {
  const [row] = await db<MembershipChange[]>`
    select c.members_version as "membersVersion", case when c.status = 'DELETED' then '{}' else array(
      select user_id from participants where conversation_id = c.id
        and user_id = any(${userIds as string[]}::text[]) and status in ('ACTIVE', 'MUTED')) end as "userIds"
    from conversations c where c.id = ${conversationId}`;
  return row ?? { membersVersion: 0, userIds: [] };
}

/** The present membership versions of conversations. */
export async function readMembersVersions(
  db: Db,
  ids: readonly string[],
): Promise<{ id: string; membersVersion: number }[]> {
  return db<{ id: string; membersVersion: number }[]>`
    select id, members_version as "membersVersion" from conversations where id = any(${ids as string[]}::uuid[])`;
}
