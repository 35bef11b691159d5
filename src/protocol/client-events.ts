/**
 * What a client may say on the socket. One row for each event: what it carries, the event that
 * answers it when the client gave no acknowledgement callback (null: none), and what the answer holds.
 */
import * as z from "zod";
import {
  MessageDeleted,
  MessageEdited,
  MessageSent,
  NewMessage,
  ReactionChanged,
  ReadUpdate,
  target,
} from "./message.ts";
import { Emoji, Seq, UserId, Uuid, Version } from "./primitives.ts";
import { SyncRequest, SyncResponse } from "./sync.ts";
import { Presence } from "./user.ts";

const Nothing = z.object({});

const ReadPointer = z.union([z.object({ messageId: Uuid }), z.object({ conversationId: Uuid, seq: Seq })], {
  error: "give messageId, or conversationId and seq",
});

export const HealthResponse = z.object({
  status: z.enum(["ok", "degraded"]),
  redis: z.boolean(),
  database: z.boolean(),
  uptime: z.number().describe("seconds"),
  timestamp: z.string(),
  versions: z.record(Uuid, Version).describe("the user's conversations that changed lately"),
});
export type HealthResponse = z.infer<typeof HealthResponse>;

export const clientEvents = {
  NEW_MESSAGE: { payload: NewMessage, answer: "MESSAGE_SENT", data: MessageSent, summary: "Send a message" },
  MESSAGE_DELIVERED: {
    payload: z.object({ conversationId: Uuid, seq: Seq }),
    answer: null,
    data: Nothing,
    summary: "Everything up to seq has reached this device",
  },
  MESSAGE_READ: {
    payload: ReadPointer,
    answer: "MESSAGE_READ_UPDATE",
    data: ReadUpdate,
    summary: "Everything up to this message has been read",
  },
  EDIT_MESSAGE: {
    payload: z.object({ messageId: Uuid, content: z.string() }),
    answer: "MESSAGE_EDITED",
    data: MessageEdited,
    summary: "Replace the content of one's own message; the earlier one is kept",
  },
  DELETE_MESSAGE: {
    payload: z.object({ messageId: Uuid }),
    answer: "MESSAGE_DELETED",
    data: MessageDeleted,
    summary: "Delete a message for everyone",
  },
  ADD_REACTION: {
    payload: z.object({ messageId: Uuid, emoji: Emoji }),
    answer: "REACTION_ADDED",
    data: ReactionChanged,
    summary: "React to a message",
  },
  REMOVE_REACTION: {
    payload: z.object({ messageId: Uuid, emoji: Emoji }),
    answer: "REACTION_REMOVED",
    data: ReactionChanged,
    summary: "Take a reaction back",
  },
  TYPING_START: {
    payload: target,
    answer: null,
    data: Nothing,
    summary: "Typing began or goes on; ends by itself after 5 s",
  },
  TYPING_STOP: { payload: target, answer: null, data: Nothing, summary: "Typing ended" },
  GET_ONLINE_USERS: {
    payload: z.object({ userIds: z.array(UserId).max(1000).optional() }),
    answer: "ONLINE_USERS",
    data: z.object({ users: z.array(Presence), count: z.int() }),
    summary: "Who of these users (or of one's contacts) is online",
  },
  SYNC: {
    payload: SyncRequest,
    answer: "SYNC",
    data: SyncResponse,
    summary: "What changed since these versions",
  },
  HEALTH_CHECK: {
    payload: Nothing,
    answer: "HEALTH_RESPONSE",
    data: HealthResponse,
    summary: "How the gateway is, and which conversations changed lately",
  },
} as const satisfies Record<
  string,
  { payload: z.ZodType; answer: string | null; data: z.ZodType; summary: string }
>;

export type ClientEvents = typeof clientEvents;
export type ClientEventName = keyof ClientEvents;
export type Payload<E extends ClientEventName> = z.infer<ClientEvents[E]["payload"]>;
export type Answer<E extends ClientEventName> = z.infer<ClientEvents[E]["data"]>;
