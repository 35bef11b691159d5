import type { Attachment } from "../protocol/attachment.ts";
import type { Message, MessageMetadata, MessageType, Reaction, ThreadSummary } from "../protocol/message.ts";
import { DELETED_CONTENT } from "../protocol/message.ts";
import type { Db } from "./client.ts";

/** A message as it is stored, with what its conversation adds. */
export interface MessageRow {
  conversationId: string;
  seq: number;
  id: string;
  version: number;
  senderId: string;
  tempId: string | null;
  type: MessageType;
  content: string;
  replyToId: string | null;
  threadId: string | null;
  attachments: Attachment[] | null;
  metadata: MessageMetadata | null;
  reactions: Reaction[] | null;
  thread: ThreadSummary | null;
  isEncrypted: boolean;
  encryptionKeyId: string | null;
  clientTimestamp: Date | null;
  editedAt: Date | null;
  deletedAt: Date | null;
  sentAt: Date;
}

/** The select list of a MessageRow from messages as `m`. */
export function messageColumns(db: Db) {
  return db`m.conversation_id as "conversationId", m.seq, m.id, m.version, m.sender_id as "senderId",
    m.temp_id as "tempId", m.type, m.content, m.reply_to_id as "replyToId", m.thread_id as "threadId",
    m.attachments, m.metadata, m.reactions, m.thread, m.is_encrypted as "isEncrypted", m.encryption_key_id as "encryptionKeyId",
    m.client_timestamp as "clientTimestamp", m.edited_at as "editedAt", m.deleted_at as "deletedAt", m.created_at as "sentAt"`;
}

type Times = "clientTimestamp" | "editedAt" | "deletedAt";

/** A MessageRow as Postgres puts it into JSON: times as ms since 1970. */
export type JsonMessageRow = Omit<MessageRow, Times | "sentAt"> & { [T in Times]: number | null } & {
  sentAt: number;
};

/** The select list of a JsonMessageRow from messages as `m`, to be made into JSON by its caller. */
export function jsonMessageColumns(db: Db) {
  return db`m.conversation_id as "conversationId", m.seq, m.id, m.version, m.sender_id as "senderId",
    m.temp_id as "tempId", m.type, m.content, m.reply_to_id as "replyToId", m.thread_id as "threadId",
    m.attachments, m.metadata, m.reactions, m.thread, m.is_encrypted as "isEncrypted", m.encryption_key_id as "encryptionKeyId",
    (extract(epoch from m.client_timestamp) * 1000)::bigint as "clientTimestamp",
    (extract(epoch from m.edited_at) * 1000)::bigint as "editedAt",
    (extract(epoch from m.deleted_at) * 1000)::bigint as "deletedAt",
    (extract(epoch from m.created_at) * 1000)::bigint as "sentAt"`;
}

export function fromJson(row: JsonMessageRow): MessageRow {
  const date = (ms: number | null) => (ms === null ? null : new Date(ms));
  return {
    ...row,
    clientTimestamp: date(row.clientTimestamp),
    editedAt: date(row.editedAt),
    deletedAt: date(row.deletedAt),
    sentAt: new Date(row.sentAt),
  };
}

export const noMetadata: MessageMetadata = { mentions: [], hashtags: [], urls: [] };

/** The two users of a direct conversation, in order; nulls for any other. */
export interface DirectPair {
  directLow: string | null;
  directHigh: string | null;
}

/**
 * The message as `viewerId` may see it: a deleted one without its content, `tempId` only to its sender.
 */
export function toMessage(
  row: MessageRow,
  pair: DirectPair,
  viewerId: string,
  status: Message["status"] = "SENT",
): Message {
  const deleted = row.deletedAt !== null;
  return {
    id: row.id,
    conversationId: row.conversationId,
    seq: row.seq,
    version: row.version,
    senderId: row.senderId,
    ...(pair.directLow !== null && { receiverId: receiverOf(pair, row.senderId) }),
    type: row.type,
    content: deleted ? DELETED_CONTENT : row.content,
    status: deleted ? "DELETED" : status,
    replyToId: row.replyToId,
    threadId: row.threadId,
    attachments: deleted ? [] : (row.attachments ?? []),
    metadata: deleted ? noMetadata : (row.metadata ?? noMetadata),
    reactions: deleted ? [] : (row.reactions ?? []),
    isEdited: row.editedAt !== null,
    editedAt: row.editedAt?.toISOString() ?? null,
    deletedAt: row.deletedAt?.toISOString() ?? null,
    isEncrypted: row.isEncrypted,
    encryptionKeyId: row.encryptionKeyId,
    clientTimestamp: row.clientTimestamp?.toISOString() ?? null,
    timestamp: row.sentAt.toISOString(),
    ...(row.thread !== null && { thread: row.thread }),
    ...(row.tempId !== null && row.senderId === viewerId && { tempId: row.tempId }),
  };
}

/** The other user of a direct conversation; oneself in the conversation with oneself. */
export function receiverOf(pair: DirectPair, senderId: string): string {
  return (pair.directLow === senderId ? pair.directHigh : pair.directLow) as string;
}
