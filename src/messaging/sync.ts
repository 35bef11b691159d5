import type { ConversationDelta, SyncRequest, SyncResponse } from "../protocol/sync.ts";
import type { Sql } from "../store/client.ts";
import { type MessageRow, toMessage } from "../store/message-rows.ts";
import { type DeltaRow, readDeltaHeads, readDeltas, readReceipts } from "../store/sync.ts";
import { statusFrom } from "./message-status.ts";

/** Rows of one conversation in one answer; more is `limited`. */
const EACH = 100;
/** Conversations whose rows are read for one answer; the rest is `limited` with its cursor where it was. */
const CONVERSATIONS = 50;
/** Unchanged conversations whose receipts are answered all the same: the most recent ones. */
const RECENT = 50;
/** In larger conversations the receipts of single people say little and cost much. */
const RECEIPTS_EACH = 100;

/**
 * What changed since the versions that the client holds: complete, or `limited` with a cursor to go on
 * from. Versions and rows come from two statements; rows written between them are in the answer, and the
 * answer's version counts them.
 */
export async function sync(deps: { sql: Sql }, userId: string, request: SyncRequest): Promise<SyncResponse> {
  const heads = await readDeltaHeads(deps.sql, userId, request.conversations);
  const behind = heads.filter((head) => head.version > head.since);
  const wanted = behind.slice(0, CONVERSATIONS);
  const answered = new Set([...behind, ...heads.slice(0, RECENT)]);
  const [rows, receipts] = await Promise.all([
    wanted.length === 0
      ? []
      : readDeltas(
          deps.sql,
          userId,
          wanted.map(({ id, since }) => ({ id, since })),
          EACH + 1,
        ),
    answered.size === 0
      ? new Map()
      : readReceipts(
          deps.sql,
          [...answered].slice(0, CONVERSATIONS + RECENT).map(({ id }) => id),
          RECEIPTS_EACH,
        ),
  ]);
  const byConversation = Map.groupBy(rows, (row) => row.conversationId);
  const present = new Set(heads.map(({ id }) => id));
  return {
    conversations: [...answered].map((head) => {
      const delta =
        wanted.includes(head) || head.version <= head.since
          ? toDelta(head, byConversation.get(head.id) ?? [], userId, statusFrom(receipts.get(head.id) ?? []))
          : { id: head.id, version: head.since, limited: true, cursor: head.since, messages: [] };
      return { ...delta, receipts: receipts.get(head.id) ?? [] };
    }),
    joined: heads.filter((head) => head.joined).map(({ id }) => id),
    left: Object.keys(request.conversations).filter((id) => !present.has(id)),
  };
}

function toDelta(
  head: DeltaRow,
  rows: readonly MessageRow[],
  userId: string,
  status: ReturnType<typeof statusFrom>,
): Omit<ConversationDelta, "receipts"> {
  const limited = rows.length > EACH;
  const page = limited ? rows.slice(0, EACH) : rows;
  const last = page.at(-1)?.version;
  const version = limited ? (last as number) : Math.max(head.version, last ?? 0);
  return {
    id: head.id,
    version,
    limited,
    ...(limited && { cursor: version }),
    messages: page.map((row) => toMessage(row, head, userId, status(row.seq, row.senderId))),
  };
}
