/** Users, conversations and drafts for tests of the store and of messaging, made by the real statements. */
import { randomUUID } from "node:crypto";
import type { ConversationType } from "../protocol/conversation.ts";
import { connectPostgres, type Sql } from "../store/client.ts";
import { ensureDirect, insertConversation } from "../store/conversations.ts";
import type { Draft, SendResult } from "../store/send-messages.ts";
import { sendMessages } from "../store/send-messages.ts";
import { fingerprint, messageId, newMessageId } from "./message-id.ts";

/** Pools as gateways have them, each with `connections`; they end when the array is disposed of. */
export function openPools(url: string, count = 1, connections = 4): Sql[] & AsyncDisposable {
  const pools = Array.from({ length: count }, (_, index) =>
    connectPostgres(url, { name: `test-${index}`, pool: connections, statementTimeout: 20_000 }),
  );
  return Object.assign(pools, {
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((sql) => sql.end({ timeout: 5 })));
    },
  });
}

/** New users; their ids are in ascending order, so that `users[0] < users[1]`. */
export async function addUsers(sql: Sql, count: number): Promise<string[]> {
  const mark = randomUUID().slice(0, 8);
  const ids = Array.from({ length: count }, (_, index) => `${mark}-${String(index).padStart(6, "0")}`);
  await sql`insert into users (id, name) select id, 'User ' || id from unnest(${ids}::text[]) as u(id)`;
  return ids;
}

/** A conversation that the first of `users` owns and the others are members of. */
export async function addGroup(
  sql: Sql,
  users: readonly string[],
  type: ConversationType = "GROUP",
): Promise<string> {
  const [ownerId, ...memberIds] = users as [string, ...string[]];
  const id = randomUUID();
  const about = { type, name: "A group", description: null, settings: {} };
  const { missing } = await insertConversation(sql, { id, ownerId, memberIds, ...about });
  if (missing.length > 0) throw new Error(`no such users: ${missing}`);
  return id;
}

/** The direct conversation of two users. */
export async function addDirect(sql: Sql, one: string, other: string): Promise<string> {
  const id = await ensureDirect(sql, randomUUID(), one, other);
  if (id === undefined) throw new Error("no such users");
  return id;
}

/** A message as a gateway would write it; `tempId` names it, as for a client. */
export function draftOf(senderId: string, conversationId: string, more: Partial<Draft> = {}): Draft {
  const content = more.content ?? "hello";
  const tempId = more.tempId ?? null;
  return {
    id: tempId === null ? newMessageId() : messageId(senderId, tempId),
    conversationId,
    senderId,
    tempId,
    fingerprint: fingerprint([conversationId, content, more.replyToId ?? null]),
    type: "TEXT",
    content,
    replyToId: null,
    threadId: null,
    metadata: null,
    isEncrypted: false,
    encryptionKeyId: null,
    clientTimestamp: null,
    ...more,
  };
}

/** Sends one message that must succeed; its id and where it stands. */
export async function sendOne(
  sql: Sql,
  senderId: string,
  conversationId: string,
  more: Partial<Draft> = {},
): Promise<SendResult & { id: string }> {
  const draft = draftOf(senderId, conversationId, more);
  const [result] = await sendMessages(sql, [draft]);
  if (result?.verdict !== "sent") throw new Error(`not sent: ${result?.verdict}`);
  return { ...result, id: draft.id };
}
