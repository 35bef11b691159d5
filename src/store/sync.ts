import type { Receipt } from "../protocol/sync.ts";
import type { Db } from "./client.ts";
import { type DirectPair, type MessageRow, messageColumns } from "./message-rows.ts";

export interface DeltaRow extends DirectPair {
  id: string;
  version: number;
  since: number;
  joined: boolean;
}

/**
 * The user's conversations with their present version and what the client holds, most recently changed
 * first; those not named count as version 0.
 */
export async function readDeltaHeads(
  db: Db,
  userId: string,
  known: Record<string, number>,
): Promise<DeltaRow[]> {
  return db<DeltaRow[]>`
    select c.id, c.version, coalesce(a.since, 0) as since, a.id is null as joined,
      c.direct_low as "directLow", c.direct_high as "directHigh"
    from participants p
    join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
    left join (select key::uuid as id, value::bigint as since from json_each_text(${JSON.stringify(known)}::text::json)) a
      on a.id = c.id
    where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
    order by c.changed_at desc, c.id`;
}

/**
 * Rows changed after a version, in order of version within each conversation: at most `each` of one
 * conversation. Membership is checked again here, in the statement that reads. `version > 0` is what lets
 * Postgres take the index of versions.
 */
export async function readDeltas(
  db: Db,
  userId: string,
  wanted: readonly { id: string; since: number }[],
  each: number,
): Promise<MessageRow[]> {
  return db<MessageRow[]>`
    select ${messageColumns(db)}
    from json_to_recordset(${JSON.stringify(wanted)}::text::json) as w ("id" uuid, "since" bigint)
    join participants p on p.conversation_id = w."id" and p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
    cross join lateral (
      select * from messages where conversation_id = w."id" and version > w."since" and version > 0
      order by version limit ${each}) m`;
}

/** How far the active participants of conversations have come, at most `limit` of each. */
export async function readReceipts(
  db: Db,
  conversationIds: readonly string[],
  limit: number,
): Promise<Map<string, Receipt[]>> {
  type Row = Omit<Receipt, "deliveredAt" | "readAt"> & {
    id: string;
    deliveredAt: Date | null;
    readAt: Date | null;
  };
  const rows = await db<Row[]>`
    select c.id, p.user_id as "userId", p.delivered_seq as "deliveredSeq", p.read_seq as "readSeq",
      p.delivered_at as "deliveredAt", p.read_at as "readAt"
    from unnest(${conversationIds as string[]}::uuid[]) as c(id)
    cross join lateral (
      select * from participants where conversation_id = c.id and status in ('ACTIVE', 'MUTED') order by user_id limit ${limit}) p`;
  const byConversation = new Map<string, Receipt[]>();
  for (const { id, ...row } of rows) {
    const receipt = {
      ...row,
      deliveredAt: row.deliveredAt?.toISOString() ?? null,
      readAt: row.readAt?.toISOString() ?? null,
    };
    const list = byConversation.get(id);
    if (list) list.push(receipt);
    else byConversation.set(id, [receipt]);
  }
  return byConversation;
}
