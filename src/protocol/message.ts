import * as z from "zod";
import { Emoji, Seq, TempId, Timestamp, text, UserId, Uuid, Version } from "./primitives.ts";

/** What a deleted message says instead of its content. */
export const DELETED_CONTENT = "This message has been deleted";

export const messageTypes = [
  "TEXT",
  "IMAGE",
  "VIDEO",
  "AUDIO",
  "FILE",
  "SYSTEM",
  "REPLY",
  "FORWARD",
  "THREAD",
  "ANNOUNCEMENT",
] as const;
export const MessageType = z.enum(messageTypes);
export type MessageType = z.infer<typeof MessageType>;

export const messageStatuses = [
  "PENDING",
  "SENT",
  "DELIVERED",
  "READ",
  "FAILED",
  "DELETED",
  "EDITED",
  "MODERATED",
] as const;

export const MessageMetadata = z.object({
  mentions: z.array(z.string()),
  hashtags: z.array(z.string()),
  urls: z.array(z.string()),
});
export type MessageMetadata = z.infer<typeof MessageMetadata>;

export const Reaction = z.object({ emoji: Emoji, count: z.int(), userIds: z.array(UserId) });
export type Reaction = z.infer<typeof Reaction>;

export const Message = z
  .object({
    id: Uuid,
    conversationId: Uuid,
    seq: Seq,
    version: Version.describe("the conversation's version at this message's last change"),
    senderId: UserId,
    receiverId: UserId.optional().describe("in direct conversations"),
    type: MessageType,
    content: z.string(),
    status: z.enum(messageStatuses),
    replyToId: Uuid.nullable(),
    threadId: Uuid.nullable(),
    attachments: z.array(z.record(z.string(), z.unknown())),
    metadata: MessageMetadata,
    reactions: z.array(Reaction),
    isEdited: z.boolean(),
    editedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
    isEncrypted: z.boolean(),
    encryptionKeyId: z.string().nullable(),
    clientTimestamp: Timestamp.nullable(),
    timestamp: Timestamp,
    tempId: TempId.optional().describe("to the sender's own devices only"),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** What a person may send: SYSTEM and FORWARD messages are made by the server. */
const SendableType = MessageType.exclude(["SYSTEM", "FORWARD"]);

export const messageFields = z.object({
  content: z.string().describe("1 to MAX_MESSAGE_LENGTH characters"),
  tempId: TempId.optional().describe("the client's own id: makes a repeated send harmless"),
  type: SendableType.default("TEXT"),
  replyToId: Uuid.nullish(),
  threadId: Uuid.nullish(),
  attachmentIds: z.array(Uuid).max(20).optional(),
  clientTimestamp: Timestamp.nullish(),
  isEncrypted: z.boolean().default(false),
  encryptionKeyId: text(256).nullish(),
  scheduledFor: Timestamp.nullish(),
});

/** The target of a message or of typing: a conversation, or another user (their direct conversation). */
const targetFields = z.object({ conversationId: Uuid.optional(), receiverId: UserId.optional() });
const oneTarget = (t: z.infer<typeof targetFields>) =>
  (t.conversationId === undefined) !== (t.receiverId === undefined);
const otherwise = { error: "give either conversationId or receiverId", path: ["conversationId"] };
export const target = targetFields.refine(oneTarget, otherwise);

export const NewMessage = messageFields.extend(targetFields.shape).refine(oneTarget, otherwise);
export type NewMessage = z.infer<typeof NewMessage>;

export const MessageSent = z.object({
  messageId: TempId.describe("the tempId of the request"),
  dbMessageId: Uuid,
  conversationId: Uuid,
  seq: Seq,
  version: Version,
  timestamp: Timestamp,
  duplicate: z.literal(true).optional(),
});
export type MessageSent = z.infer<typeof MessageSent>;

/**
 * On an answer: it was so already, and nothing was changed. Its `version` is that of the message, which
 * somebody else's change may have set: a client takes it as a hint to SYNC, never as a step of its own.
 */
const unchanged = {
  duplicate: z.literal(true).optional().describe("nothing was changed: it was so already"),
};

export const MessageEdited = z.object({
  id: Uuid,
  conversationId: Uuid,
  version: Version,
  content: z.string(),
  isEdited: z.literal(true),
  editedAt: Timestamp,
  timestamp: Timestamp,
  ...unchanged,
});
export type MessageEdited = z.infer<typeof MessageEdited>;

export const MessageDeleted = z.object({
  id: Uuid,
  conversationId: Uuid,
  version: Version,
  deletedAt: Timestamp,
  content: z.literal(DELETED_CONTENT),
  timestamp: Timestamp,
  ...unchanged,
});
export type MessageDeleted = z.infer<typeof MessageDeleted>;

export const ReactionChanged = z.object({
  messageId: Uuid,
  conversationId: Uuid,
  version: Version,
  userId: UserId,
  emoji: Emoji,
  count: z.int(),
  ...unchanged,
});
export type ReactionChanged = z.infer<typeof ReactionChanged>;

export const DeliveredUpdate = z.object({
  conversationId: Uuid,
  userId: UserId,
  seq: Seq,
  deliveredAt: Timestamp,
});
export type DeliveredUpdate = z.infer<typeof DeliveredUpdate>;

export const ReadUpdate = z.object({
  messageId: Uuid,
  conversationId: Uuid,
  seq: Seq,
  userId: UserId,
  readAt: Timestamp,
  timestamp: Timestamp,
});
export type ReadUpdate = z.infer<typeof ReadUpdate>;

/** One content that a message had. */
export const MessageVersion = z.object({ version: Version, content: z.string(), timestamp: Timestamp });
export type MessageVersion = z.infer<typeof MessageVersion>;
