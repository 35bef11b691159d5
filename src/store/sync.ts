import type { Receipt } from "../protocol/sync.ts";
import type { Db } from "./client.ts";
import {
  type DirectPair,
  fromJson,
  type JsonMessageRow,
  jsonMessageColumns,
  type MessageRow,
} from "./message-rows.ts";

/** What a user's client lacks of one conversation. */
export interface Delta extends DirectPair {
  id: string;
  version: number;
  /** The version that the client holds; 0 when it did not name the conversation. */
  since: number;
  joined: boolean;
  /** Rows changed after `since`, in order of version, at most `rows` of them; null: not looked at. */
  rows: MessageRow[] | null;
  /** How far the participants have come; null: not looked at. */
  receipts: Receipt[] | null;
}

/** How much of everything one answer holds. */
export interface DeltaLimits {
  /** Conversations whose rows are read. */
  conversations: number;
  rows: number;
  /** Conversations whose receipts are read. */
  receiptsOf: number;
  receipts: number;
}

interface JsonReceipt extends Omit<Receipt, "deliveredAt" | "readAt"> {
  deliveredAt: number | null;
  readAt: number | null;
}

/**
 * The user's conversations, those behind first, each with its rows changed after the client's version and
 * its receipts: one statement, so one snapshot, in which membership is checked as well. Rows come as JSON
 * that Postgres builds, for taking 20 columns of each of 20 rows apart here costs several times more.
 * `version > 0` is what lets Postgres take the index of versions.
 */
export async function readDeltas(
  db: Db,
  userId: string,
  known: Record<string, number>,
  limits: DeltaLimits,
): Promise<Delta[]> {
  type Row = Omit<Delta, "rows" | "receipts"> & {
    rows: JsonMessageRow[] | null;
    receipts: JsonReceipt[] | null;
  };
  const rows = await db<Row[]>`
    with asked as materialized (
      select key::uuid as id, value::bigint as since from json_each_text(${JSON.stringify(known)}::text::json)
    ), mine as materialized (
      select c.id, c.version, coalesce(a.since, 0) as since, a.id is null as joined, c.direct_low, c.direct_high,
        row_number() over (order by c.version > coalesce(a.since, 0) desc, c.changed_at desc, c.id) as rank
      from participants p
      join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
      left join asked a on a.id = c.id
      where p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
    )
    select c.id, c.version, c.since, c.joined, c.direct_low as "directLow", c.direct_high as "directHigh",
      case when c.version > c.since and c.rank <= ${limits.conversations} then (
        select coalesce(json_agg(r), '[]') from (
          select ${jsonMessageColumns(db)} from messages m
          where m.conversation_id = c.id and m.version > c.since and m.version > 0
          order by m.version limit ${limits.rows}) r) end as rows,
      case when c.rank <= ${limits.receiptsOf} then (
        select coalesce(json_agg(r), '[]') from (
          select user_id as "userId", delivered_seq as "deliveredSeq", read_seq as "readSeq",
            (extract(epoch from delivered_at) * 1000)::bigint as "deliveredAt",
            (extract(epoch from read_at) * 1000)::bigint as "readAt"
          from participants where conversation_id = c.id and status in ('ACTIVE', 'MUTED')
          order by user_id limit ${limits.receipts}) r) end as receipts
    from mine c
    order by c.rank`;
  return rows.map((row) => ({
    ...row,
    rows: row.rows?.map(fromJson) ?? null,
    receipts:
      row.receipts?.map((receipt) => ({
        ...receipt,
        deliveredAt: iso(receipt.deliveredAt),
        readAt: iso(receipt.readAt),
      })) ?? null,
  }));
}

function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
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
