import type { Conversation } from "../protocol/conversation.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Sql } from "../store/client.ts";
import { type ConversationRow, readConversations } from "../store/conversations.ts";
import { toMessage } from "../store/message-rows.ts";
import { readParticipants } from "../store/participants.ts";
import { statusFrom } from "./message-status.ts";

/** Participants that a conversation lists; `memberCount` has the number of all. */
const LISTED = 100;

/** The user's conversations, the most recently changed first, with a cursor to those after them. */
export async function listConversations(
  deps: { sql: Sql },
  userId: string,
  page: { limit: number; cursor?: string | undefined },
): Promise<{ conversations: Conversation[]; next: string | undefined }> {
  const before = page.cursor === undefined ? undefined : decodeCursor(page.cursor);
  const rows = await readConversations(deps.sql, userId, { limit: page.limit + 1, before });
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : undefined;
  return {
    conversations: await complete(deps.sql, userId, shown),
    next: last && `${last.changedAt.toISOString()}_${last.id}`,
  };
}

/** One conversation. @throws ChatError NOT_FOUND when the user may not see it. */
export async function readConversation(
  deps: { sql: Sql },
  userId: string,
  id: string,
): Promise<Conversation> {
  const rows = await readConversations(deps.sql, userId, { ids: [id], limit: 1 });
  const [conversation] = await complete(deps.sql, userId, rows);
  if (!conversation) throw new ChatError("NOT_FOUND", "There is no such conversation");
  return conversation;
}

async function complete(sql: Sql, userId: string, rows: ConversationRow[]): Promise<Conversation[]> {
  const ids = rows.map(({ id }) => id);
  const participants = await readParticipants(sql, ids, LISTED);
  return rows.map((row) => {
    const people = participants.get(row.id) ?? [];
    const status = row.last && statusFrom(people)(row.last.seq, row.last.senderId);
    return {
      id: row.id,
      type: row.type,
      status: row.status,
      name: row.name,
      description: row.description,
      settings: row.settings,
      rateLimit: row.rateLimit,
      seq: row.seq,
      version: row.version,
      messageCount: row.seq,
      lastMessage: row.last && toMessage(row.last, row, userId, status ?? "SENT"),
      lastActivityAt: row.changedAt.toISOString(),
      unreadCount: row.unread,
      notificationSettings: row.notificationSettings,
      participants: people,
      memberCount: row.memberCount,
      createdAt: row.createdAt.toISOString(),
    };
  });
}

function decodeCursor(cursor: string): { changedAt: Date; id: string } {
  const [time = "", id = ""] = cursor.split("_");
  const changedAt = new Date(time);
  if (Number.isNaN(changedAt.getTime()) || !/^[0-9a-f-]{36}$/.test(id))
    throw new ChatError("VALIDATION_FAILED", "cursor: take it from the answer before, as it is", {
      field: "cursor",
    });
  return { changedAt, id };
}
