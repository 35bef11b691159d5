import * as z from "zod";
import { Attachment, MAX_ATTACHMENTS } from "./attachment.ts";
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

/** What a link in a message leads to, as the page says of itself: text of strangers, to be shown as text. */
export const LinkPreview = z
  .object({
    url: z.string().describe("as it is written in the message"),
    title: z.string(),
    description: z.string().nullable(),
    siteName: z.string().nullable(),
    attachment: Attachment.nullable().describe(
      "the page's picture, kept here: GET /attachments/:id as any other",
    ),
  })
  .meta({ id: "LinkPreview" });
export type LinkPreview = z.infer<typeof LinkPreview>;

export const MessageMetadata = z.object({
  mentions: z.array(z.string()).describe("as they are written, without the @"),
  hashtags: z.array(z.string()),
  urls: z.array(z.string()),
  mentioned: z
    .array(z.object({ text: z.string().describe("one of `mentions`"), userId: UserId }))
    .optional()
    .describe("the participants whom mentions mean; absent: none"),
  previews: z
    .array(LinkPreview)
    .optional()
    .describe("of the links, in their order; they come a moment after the message, with MESSAGE_UPDATED"),
});
export type MessageMetadata = z.infer<typeof MessageMetadata>;

export const Reaction = z.object({ emoji: Emoji, count: z.int(), userIds: z.array(UserId) });
export type Reaction = z.infer<typeof Reaction>;

export const ThreadSummary = z.object({
  count: z.int().describe("replies so far, deleted ones included"),
  lastSeq: Seq.describe("of the last reply"),
  lastReplyAt: Timestamp,
});
export type ThreadSummary = z.infer<typeof ThreadSummary>;

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
    attachments: z.array(Attachment),
    metadata: MessageMetadata,
    reactions: z.array(Reaction),
    isEdited: z.boolean(),
    editedAt: Timestamp.nullable(),
    deletedAt: Timestamp.nullable(),
    isEncrypted: z.boolean(),
    encryptionKeyId: z.string().nullable(),
    clientTimestamp: Timestamp.nullable(),
    timestamp: Timestamp,
    thread: ThreadSummary.optional().describe("the replies whose `threadId` this message is; absent: none"),
    tempId: TempId.optional().describe("to the sender's own devices only"),
  })
  .meta({ id: "Message" });
export type Message = z.infer<typeof Message>;

/** What a person may send: SYSTEM and FORWARD messages are made by the server. */
const SendableType = MessageType.exclude(["SYSTEM", "FORWARD"]);

export const messageFields = z.object({
  content: z.string().describe("1 to MAX_MESSAGE_LENGTH characters; may be empty beside attachments"),
  tempId: TempId.optional().describe("the client's own id: makes a repeated send harmless"),
  type: SendableType.default("TEXT"),
  replyToId: Uuid.nullish(),
  threadId: Uuid.nullish(),
  attachmentIds: z
    .array(Uuid)
    .max(MAX_ATTACHMENTS)
    .optional()
    .describe("what one has uploaded, or may see elsewhere; in this order"),
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
  metadata: MessageMetadata.optional().describe("of the new content"),
  isEdited: z.literal(true),
  editedAt: Timestamp,
  timestamp: Timestamp,
  ...unchanged,
});
export type MessageEdited = z.infer<typeof MessageEdited>;

/**
 * The server added something to a message: link previews, or what a thread has come to. Fields that are there
 * replace the message's own; the others stay as they are.
 */
export const MessageUpdated = z.object({
  id: Uuid,
  conversationId: Uuid,
  version: Version,
  metadata: MessageMetadata.optional(),
  thread: ThreadSummary.optional(),
  timestamp: Timestamp,
});
export type MessageUpdated = z.infer<typeof MessageUpdated>;

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
