/** Whom a user's presence concerns, and when users were last seen. */
import type { Db } from "./client.ts";

/** Larger conversations are not told who comes and goes. */
const LARGEST_CONVERSATION = 200;
/** Of a user with more conversations, the latest count. */
const MOST_CONVERSATIONS = 500;

/**
 * The rooms of those to be told about each user: `user:<id>` for direct conversations,
 * `conversation:<id>` for others of at most 200 members. One statement for all users; who has nobody to be
 * told is not in the map.
 */
export async function audiencesOf(db: Db, userIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db<{ userId: string; rooms: string[] }[]>`
    with mine as materialized (
      select u.id as user_id, c.*
      from unnest(${userIds as string[]}::text[]) as u(id)
      cross join lateral (
        select c.id, c.type, case when c.direct_low = u.id then c.direct_high else c.direct_low end as other
        from participants p join conversations c on c.id = p.conversation_id
        where p.user_id = u.id and p.status in ('ACTIVE', 'MUTED') and c.status <> 'DELETED'
        order by c.changed_at desc limit ${MOST_CONVERSATIONS}) c
    ), small as (
      select g.id from (select distinct id from mine where type <> 'DIRECT') g
      where (select count(*) from (
        select from participants p where p.conversation_id = g.id and p.status in ('ACTIVE', 'MUTED')
        limit ${LARGEST_CONVERSATION + 1}) m) between 2 and ${LARGEST_CONVERSATION}
    )
    select user_id as "userId", array_agg(room) as rooms from (
      select m.user_id, 'user:' || m.other as room
      from mine m join participants o on o.conversation_id = m.id and o.user_id = m.other
      where m.type = 'DIRECT' and m.other <> m.user_id and o.status in ('ACTIVE', 'MUTED')
      union all
      select m.user_id, 'conversation:' || m.id from mine m join small using (id)
    ) as told group by user_id`;
  return new Map(rows.map((row) => [row.userId, row.rooms]));
}

/** The people a user has to do with, at most `limit`: as `audiencesOf`, from the latest conversations on. */
export async function contactsOf(db: Db, userId: string, limit: number): Promise<string[]> {
  const rows = await db<{ userId: string }[]>`
    with mine as materialized (
      select c.id, c.type, case when c.direct_low = ${userId} then c.direct_high else c.direct_low end as other
      from participants p join conversations c on c.id = p.conversation_id
      where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED') and c.status <> 'DELETED'
      order by c.changed_at desc limit ${MOST_CONVERSATIONS}
    )
    select distinct user_id as "userId" from (
      select o.user_id from mine m
      cross join lateral (
        select p.user_id from participants p
        where p.conversation_id = m.id and p.user_id = m.other and p.status in ('ACTIVE', 'MUTED') offset 0) o
      where m.type = 'DIRECT'
      union all
      select o.user_id from mine m
      cross join lateral (
        select array_agg(p.user_id) as user_ids from (
          select user_id from participants
          where conversation_id = m.id and status in ('ACTIVE', 'MUTED') limit ${LARGEST_CONVERSATION + 1}) p) g
      cross join lateral unnest(g.user_ids) as o(user_id)
      where m.type <> 'DIRECT' and cardinality(g.user_ids) <= ${LARGEST_CONVERSATION}
    ) as people where user_id <> ${userId} limit ${limit}`;
  return rows.map((row) => row.userId);
}

/** Those of `userIds` who share a conversation of any size with the user, who counts too if asked for. */
export async function sharingWith(db: Db, userId: string, userIds: readonly string[]): Promise<string[]> {
  // "offset 0" keeps the planner to this order, whatever its statistics: from each asked user to their
  // conversations, and only then to the caller's membership by its key.
  const rows = await db<{ userId: string }[]>`
    select u.id as "userId" from (select distinct unnest(${userIds as string[]}::text[]) as id) as u
    where u.id = ${userId} or exists (
      select from (
        select conversation_id from participants
        where user_id = u.id and status in ('ACTIVE', 'MUTED') offset 0) as other
      where exists (
        select from participants mine join conversations c on c.id = mine.conversation_id
        where mine.conversation_id = other.conversation_id and mine.user_id = ${userId}
          and mine.status in ('ACTIVE', 'MUTED') and c.status <> 'DELETED' offset 0))`;
  return rows.map((row) => row.userId);
}

/** Notes when users were last seen; a time before the one known changes nothing. */
export async function recordLastSeen(db: Db, seen: ReadonlyMap<string, Date>): Promise<void> {
  if (seen.size === 0) return;
  const rows = [...seen];
  await db`
    update users set last_seen = s.at
    from unnest(${rows.map(([id]) => id)}::text[], ${rows.map(([, at]) => at.toISOString())}::timestamptz[])
      as s(id, at)
    where users.id = s.id and (users.last_seen is null or users.last_seen < s.at)`;
}
