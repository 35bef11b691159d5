import * as z from "zod";
import { Message } from "./message.ts";
import { Seq, Timestamp, UserId, Uuid, Version } from "./primitives.ts";
import { User } from "./user.ts";

/** A client that knows more conversations than this asks in several requests. */
export const MAX_SYNC_CONVERSATIONS = 2000;

export const SyncRequest = z.object({
  conversations: z
    .record(Uuid, Version)
    .refine((c) => Object.keys(c).length <= MAX_SYNC_CONVERSATIONS, {
      error: `at most ${MAX_SYNC_CONVERSATIONS} conversations`,
    })
    .default({})
    .describe("the version that the client holds of each conversation it knows"),
});
export type SyncRequest = z.infer<typeof SyncRequest>;

/** How far a participant has come. */
export const Receipt = z.object({
  userId: UserId,
  deliveredSeq: Seq,
  readSeq: Seq,
  deliveredAt: Timestamp.nullable(),
  readAt: Timestamp.nullable(),
});
export type Receipt = z.infer<typeof Receipt>;

export const ConversationDelta = z.object({
  id: Uuid,
  version: Version.describe("what this answer brings the client to"),
  limited: z.boolean().describe("there is more: ask again with `cursor` as the version"),
  cursor: Version.optional(),
  messages: z.array(Message).describe("every row changed after the asked version, in order of version"),
  receipts: z.array(Receipt),
});
export type ConversationDelta = z.infer<typeof ConversationDelta>;

export const SyncResponse = z
  .object({
    conversations: z
      .array(ConversationDelta)
      .describe("those that changed, and those that are new to the client"),
    joined: z.array(Uuid).describe("conversations the user is in and did not name"),
    left: z.array(Uuid).describe("named conversations the user is not in (any more): drop them"),
  })
  .meta({ id: "SyncResponse" });
export type SyncResponse = z.infer<typeof SyncResponse>;

/** An element of GET /messages/sync. */
export const SyncedMessage = Message.extend({
  sender: User.nullable(),
  receiver: User.nullable(),
  readReceipts: z.array(z.object({ userId: UserId, readAt: Timestamp })),
}).meta({ id: "SyncedMessage" });
export type SyncedMessage = z.infer<typeof SyncedMessage>;
