import type { ConversationDelta, SyncRequest, SyncResponse } from "../protocol/sync.ts";
import type { Sql } from "../store/client.ts";
import { toMessage } from "../store/message-rows.ts";
import { type Delta, readDeltas } from "../store/sync.ts";
import { statusFrom } from "./message-status.ts";

/** Rows of one conversation in one answer; more is `limited`. */
const ROWS = 100;
/** Conversations whose rows are in one answer; the rest is `limited` with its cursor where it was. */
const CONVERSATIONS = 50;
/** Conversations whose receipts are answered: those that changed, and the most recent others. */
const RECEIPTS_OF = 100;
/** In larger conversations the receipts of single people say little and cost much. */
const RECEIPTS = 100;

const limits = { conversations: CONVERSATIONS, rows: ROWS + 1, receiptsOf: RECEIPTS_OF, receipts: RECEIPTS };

/** What changed since the versions that the client holds: complete, or `limited` with a cursor to go on from. */
export async function sync(deps: { sql: Sql }, userId: string, request: SyncRequest): Promise<SyncResponse> {
  const deltas = await readDeltas(deps.sql, userId, request.conversations, limits);
  const present = new Set(deltas.map(({ id }) => id));
  return {
    conversations: deltas
      .filter((delta) => delta.version > delta.since || delta.receipts !== null)
      .map((delta) => toConversationDelta(delta, userId)),
    joined: deltas.filter((delta) => delta.joined).map(({ id }) => id),
    left: Object.keys(request.conversations).filter((id) => !present.has(id)),
  };
}

function toConversationDelta(delta: Delta, userId: string): ConversationDelta {
  const { id, since } = delta;
  const receipts = delta.receipts ?? [];
  if (delta.version <= since) return { id, version: delta.version, limited: false, messages: [], receipts };
  if (delta.rows === null)
    return { id, version: since, limited: true, cursor: since, messages: [], receipts };
  const limited = delta.rows.length > ROWS;
  const page = limited ? delta.rows.slice(0, ROWS) : delta.rows;
  const version = limited ? (page.at(-1)?.version ?? since) : delta.version;
  const status = statusFrom(receipts);
  return {
    id,
    version,
    limited,
    ...(limited && { cursor: version }),
    messages: page.map((row) => toMessage(row, delta, userId, status(row.seq, row.senderId))),
    receipts,
  };
}
