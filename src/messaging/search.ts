import { ChatError } from "../protocol/errors.ts";
import type { SearchHit } from "../protocol/search.ts";
import type { Sql } from "../store/client.ts";
import { findAccess } from "../store/conversations.ts";
import { toMessage } from "../store/message-rows.ts";
import { searchMessages } from "../store/search.ts";
import { readReceipts } from "../store/sync.ts";
import { highlightsOf, isOpen, wantedWords } from "./highlights.ts";
import { statusFrom } from "./message-status.ts";

/**
 * Messages that match, newest first, of conversations that the user is in, or of one of them.
 * @throws ChatError NOT_FOUND for a conversation that the user may not see.
 */
export async function search(
  deps: { sql: Sql },
  userId: string,
  asked: { q: string; conversationId?: string | undefined; limit: number; before: number | undefined },
): Promise<{ hits: SearchHit[]; next: number | undefined }> {
  const { q, conversationId, limit, before } = asked;
  if (conversationId !== undefined && !(await findAccess(deps.sql, conversationId, userId)))
    throw new ChatError("NOT_FOUND", "There is no such conversation", { field: "conversationId" });
  const { rows, next } = await searchMessages(deps.sql, userId, {
    text: q,
    open: isOpen(q),
    conversationId,
    before,
    limit,
  });
  const receipts = await readReceipts(deps.sql, [...new Set(rows.map((row) => row.conversationId))], 200);
  const wanted = wantedWords(q);
  const hits = rows.map((row) => ({
    ...toMessage(row, row, userId, statusFrom(receipts.get(row.conversationId) ?? [])(row.seq, row.senderId)),
    highlights: highlightsOf(row.content, wanted),
  }));
  return { hits, next };
}
