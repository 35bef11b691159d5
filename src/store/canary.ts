import type { Db } from "./client.ts";

/** The two who write to each other so that it is known whether messages arrive. They have no password and no devices. */
export const canaryUsers = { singer: "nexus:canary:singer", friend: "nexus:canary:friend" } as const;

/** How long their messages are kept, in seconds. */
const KEPT = 3600;

/** Makes the two users where there are none. */
export async function ensureCanaryUsers(db: Db): Promise<void> {
  await db`
    insert into users (id, name)
    values (${canaryUsers.singer}, 'Canary'), (${canaryUsers.friend}, 'Friend of the canary')
    on conflict do nothing`;
}

/** Deletes what the canary sang more than an hour ago: up to 20,000 messages at a time. Answers how many. */
export async function forgetCanarySongs(db: Db): Promise<number> {
  const [low, high] = [canaryUsers.singer, canaryUsers.friend].sort();
  const [row] = await db<{ count: number }[]>`
    with old as materialized (
      select m.conversation_id, m.seq, m.id
      from conversations c
      cross join lateral (
        select conversation_id, seq, id from messages
        where conversation_id = c.id and created_at < now() - make_interval(secs => ${KEPT})
        order by seq limit 20000) m
      where c.direct_low = ${low as string} and c.direct_high = ${high as string}
    ), unnamed as (
      delete from message_ids i using old where i.id = old.id
    ), gone as (
      delete from messages m using old where m.conversation_id = old.conversation_id and m.seq = old.seq returning 1
    )
    select count(*)::integer as count from gone`;
  return row?.count ?? 0;
}
