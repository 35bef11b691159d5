import type { MessageVersion } from "../protocol/message.ts";
import type { Db } from "./client.ts";
import { type DirectPair, type MessageRow, messageColumns } from "./message-rows.ts";

/** Which part of a history: the newest, or next to a `seq`. */
export interface Page {
  before?: number | undefined;
  after?: number | undefined;
  limit: number;
}

/** Messages of a conversation in order of seq; the caller has checked that the reader may see it. */
export async function readHistory(db: Db, conversationId: string, page: Page): Promise<MessageRow[]> {
  if (page.after !== undefined)
    return db<MessageRow[]>`
      select ${messageColumns(db)} from messages m
      where m.conversation_id = ${conversationId} and m.seq > ${page.after}
        and m.seq < ${page.before ?? Number.MAX_SAFE_INTEGER}
      order by m.seq limit ${page.limit}`;
  const rows = await db<MessageRow[]>`
    select ${messageColumns(db)} from messages m
    where m.conversation_id = ${conversationId} and m.seq < ${page.before ?? Number.MAX_SAFE_INTEGER}
    order by m.seq desc limit ${page.limit}`;
  return rows.reverse();
}

/** The replies of a thread in order of seq; the caller has checked that the reader may see the conversation. */
export async function readReplies(
  db: Db,
  conversationId: string,
  threadId: string,
  page: Page,
): Promise<MessageRow[]> {
  const forward = page.after !== undefined;
  // The index of replies holds only messages that have a thread, which has to be said.
  const rows = await db<MessageRow[]>`
    select ${messageColumns(db)} from messages m
    where m.conversation_id = ${conversationId} and m.thread_id = ${threadId} and m.thread_id is not null
      and m.seq > ${page.after ?? 0} and m.seq < ${page.before ?? Number.MAX_SAFE_INTEGER}
    order by m.seq ${forward ? db`asc` : db`desc`} limit ${page.limit}`;
  return forward ? rows : rows.reverse();
}

/** A message by its id, with its conversation's pair, if `userId` is an active participant. */
export async function findMessage(
  db: Db,
  messageId: string,
  userId: string,
): Promise<(MessageRow & DirectPair) | undefined> {
  const [row] = await db<(MessageRow & DirectPair)[]>`
    select ${messageColumns(db)}, c.direct_low as "directLow", c.direct_high as "directHigh"
    from message_ids i
    join participants p on p.conversation_id = i.conversation_id and p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
    join conversations c on c.id = i.conversation_id and c.status <> 'DELETED'
    cross join lateral (select * from messages where conversation_id = i.conversation_id and seq = i.seq limit 1) m
    where i.id = ${messageId}`;
  return row;
}

/** The contents that a message had, oldest first, the present one last; none of a deleted message. */
export async function readVersions(db: Db, conversationId: string, seq: number): Promise<MessageVersion[]> {
  const rows = await db<{ version: number; content: string; writtenAt: Date }[]>`
    with present as (
      select version, content, coalesce(edited_at, created_at) as written_at from messages
      where conversation_id = ${conversationId} and seq = ${seq} and deleted_at is null)
    select v.version, v.content, v.written_at as "writtenAt" from message_versions v
    where v.conversation_id = ${conversationId} and v.seq = ${seq} and exists (select from present)
    union all
    select version, content, written_at from present
    order by 1`;
  return rows.map((row) => ({
    version: row.version,
    content: row.content,
    timestamp: row.writtenAt.toISOString(),
  }));
}
