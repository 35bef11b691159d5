import { ChatError } from "../protocol/errors.ts";
import type { Message, MessageVersion } from "../protocol/message.ts";
import { isUuid } from "../protocol/primitives.ts";
import type { SyncedMessage } from "../protocol/sync.ts";
import type { Sql } from "../store/client.ts";
import { type Access, findAccess, findDirect } from "../store/conversations.ts";
import { receiverOf, toMessage } from "../store/message-rows.ts";
import { findMessage, type Page, readHistory, readReplies, readVersions } from "../store/messages.ts";
import { readReceipts } from "../store/sync.ts";
import { readAdvances, readChangesSince } from "../store/timed-sync.ts";
import { findUsersById } from "../store/users.ts";
import { statusFrom } from "./message-status.ts";

/**
 * Messages of a conversation in order of seq: the newest, or those before or after a seq. `idOrUser` is a
 * conversation's id, or another user's (the direct conversation with them; none yet: no messages).
 */
export async function readMessages(
  deps: { sql: Sql },
  userId: string,
  idOrUser: string,
  page: Page,
): Promise<Message[]> {
  const access = await accessByEither(deps.sql, userId, idOrUser);
  if (access === "none yet") return [];
  const [rows, receipts] = await Promise.all([
    readHistory(deps.sql, access.id, page),
    readReceipts(deps.sql, [access.id], 200),
  ]);
  const status = statusFrom(receipts.get(access.id) ?? []);
  return rows.map((row) => toMessage(row, access, userId, status(row.seq, row.senderId)));
}

/** The replies in a message's thread, as readMessages answers them. @throws ChatError NOT_FOUND */
export async function readThread(
  deps: { sql: Sql },
  userId: string,
  rootId: string,
  page: Page,
): Promise<Message[]> {
  const root = await findMessage(deps.sql, rootId, userId);
  if (!root) throw new ChatError("NOT_FOUND", "There is no such message");
  const [rows, receipts] = await Promise.all([
    readReplies(deps.sql, root.conversationId, rootId, page),
    readReceipts(deps.sql, [root.conversationId], 200),
  ]);
  const status = statusFrom(receipts.get(root.conversationId) ?? []);
  return rows.map((row) => toMessage(row, root, userId, status(row.seq, row.senderId)));
}

async function accessByEither(sql: Sql, userId: string, idOrUser: string): Promise<Access | "none yet"> {
  const access = isUuid(idOrUser) ? await findAccess(sql, idOrUser.toLowerCase(), userId) : undefined;
  if (access) return access;
  const direct = await findDirect(sql, userId, idOrUser);
  if (direct === undefined) throw new ChatError("NOT_FOUND", "There is no such conversation");
  if (direct === null) return "none yet";
  return (await findAccess(sql, direct, userId)) ?? "none yet";
}

/** The contents that a message had, the present one last. @throws ChatError NOT_FOUND */
export async function readMessageVersions(
  deps: { sql: Sql },
  userId: string,
  messageId: string,
): Promise<MessageVersion[]> {
  const message = await findMessage(deps.sql, messageId, userId);
  if (!message) throw new ChatError("NOT_FOUND", "There is no such message");
  return readVersions(deps.sql, message.conversationId, message.seq);
}

/** Where a page of the timed sync ends, and so where the next begins. */
export interface TimedCursor {
  at: string;
  conversationId: string;
  version: number;
}

/**
 * All messages and changes since a time, oldest first: the seeds' form of catching up. Complete within a
 * conversation; between conversations a commit may be a moment later than its time, so where the time is
 * that of a message the user has, the moments before it are looked at again. Clients drop what they have.
 */
export async function syncSince(
  deps: { sql: Sql },
  userId: string,
  since: string,
  limit: number,
  cursor?: TimedCursor,
): Promise<{ messages: SyncedMessage[]; next: TimedCursor | undefined }> {
  const rows = await readChangesSince(deps.sql, userId, since, limit + 1, cursor);
  const page = rows.slice(0, limit);
  const conversationIds = [...new Set(page.map((row) => row.conversationId))];
  const [receipts, advances] = await Promise.all([
    readReceipts(deps.sql, conversationIds, 200),
    readAdvances(
      deps.sql,
      page.map(({ conversationId, seq }) => ({ conversationId, seq })),
    ),
  ]);
  const people = new Set(
    page.flatMap((row) => [row.senderId, ...(row.directLow === null ? [] : [receiverOf(row, row.senderId)])]),
  );
  const users = await findUsersById(deps.sql, [...people]);
  const messages = page.map((row) => {
    const status = statusFrom(receipts.get(row.conversationId) ?? [])(row.seq, row.senderId);
    return {
      ...toMessage(row, row, userId, status),
      sender: users.get(row.senderId) ?? null,
      receiver: row.directLow === null ? null : (users.get(receiverOf(row, row.senderId)) ?? null),
      readReceipts: (advances.get(`${row.conversationId}:${row.seq}`) ?? []).filter(
        (receipt) => receipt.userId !== row.senderId,
      ),
    };
  });
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    messages,
    next: last && {
      at: last.changedAt.toISOString(),
      conversationId: last.conversationId,
      version: last.version,
    },
  };
}
