import type { Db } from "./client.ts";
import { type DirectPair, type MessageRow, messageColumns } from "./message-rows.ts";

/**
 * A row is committed a moment after the time it carries. In one conversation times and commits have the
 * same order; between conversations a row may appear with an earlier time than one already seen. So after
 * a message's time the others' rows of this long before it are answered again, in ms.
 */
const OVERLAP = 2000;

/** Rows of the user's conversations changed after a time, by time. */
export async function readChangesSince(
  db: Db,
  userId: string,
  since: string,
  limit: number,
  after?: { at: string; conversationId: string; version: number },
): Promise<(MessageRow & DirectPair & { changedAt: Date })[]> {
  return db<(MessageRow & DirectPair & { changedAt: Date })[]>`
    with mine as materialized (
      select c.id, c.direct_low, c.direct_high,
        coalesce((
          select changed_at = ${since}::timestamptz(3) from messages
          where conversation_id = c.id and changed_at <= ${since}::timestamptz(3) and version > 0 order by version desc limit 1), false) as anchor
      from participants p join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
      where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
        and c.changed_at > ${since}::timestamptz(3) - make_interval(secs => ${OVERLAP / 1000})
    ), bounds as materialized (
      select *, greatest(
        case when not anchor and exists (select from mine where anchor)
          then ${since}::timestamptz(3) - make_interval(secs => ${OVERLAP / 1000})
          else ${since}::timestamptz(3) end,
        ${after?.at ?? null}::timestamptz(3) - interval '1 millisecond') as since
      from mine
    )
    select ${messageColumns(db)}, m.changed_at as "changedAt", b.direct_low as "directLow", b.direct_high as "directHigh"
    from bounds b
    cross join lateral (
      -- Times and versions grow together: walk the versions down to the first row that is old enough.
      select * from messages
      where conversation_id = b.id and changed_at > b.since and version > 0
        and version > coalesce((
          select version from messages where conversation_id = b.id and changed_at <= b.since and version > 0 order by version desc limit 1), 0)
      ${after ? db`and (changed_at, conversation_id, version) > (${after.at}::timestamptz(3), ${after.conversationId}::uuid, ${after.version}::bigint)` : db``}
      order by version limit ${limit}) m
    order by m.changed_at, m.conversation_id, m.version
    limit ${limit}`;
}

/** Who has read each of these messages, and when: the first advance that passed it. */
export async function readAdvances(
  db: Db,
  messages: readonly { conversationId: string; seq: number }[],
): Promise<Map<string, { userId: string; readAt: string }[]>> {
  const rows = await db<{ conversationId: string; seq: number; userId: string; readAt: Date }[]>`
    select w."conversationId", w."seq", r.user_id as "userId", r.read_at as "readAt"
    from json_to_recordset(${JSON.stringify(messages)}::text::json) as w ("conversationId" uuid, "seq" bigint)
    cross join lateral (
      select user_id from participants where conversation_id = w."conversationId" and status in ('ACTIVE', 'MUTED')
        and read_seq >= w."seq" limit 200) p
    cross join lateral (
      select user_id, read_at from receipts
      where conversation_id = w."conversationId" and user_id = p.user_id and seq >= w."seq" order by seq limit 1) r`;
  const byMessage = new Map<string, { userId: string; readAt: string }[]>();
  for (const row of rows) {
    const key = `${row.conversationId}:${row.seq}`;
    const receipt = { userId: row.userId, readAt: row.readAt.toISOString() };
    const list = byMessage.get(key);
    if (list) list.push(receipt);
    else byMessage.set(key, [receipt]);
  }
  return byMessage;
}
