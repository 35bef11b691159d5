/** What the server says on the socket, besides answers to what the client said. */
import * as z from "zod";
import { clientEvents } from "./client-events.ts";
import { Conversation, ParticipantEvent } from "./conversation.ts";
import { ErrorCode } from "./errors.ts";
import {
  DeliveredUpdate,
  Message,
  MessageDeleted,
  MessageEdited,
  MessageUpdated,
  ReactionChanged,
  ReadUpdate,
} from "./message.ts";
import { Timestamp, UserId, Uuid } from "./primitives.ts";
import { Presence } from "./user.ts";

export const disconnectReasons = ["DUPLICATE_CONNECTION", "TOKEN_EXPIRED", "INACTIVE"] as const;
export type DisconnectReason = (typeof disconnectReasons)[number];

export const UserTyping = z.object({ userId: UserId, conversationId: Uuid, isTyping: z.boolean() });

export const ConversationUpdated = Conversation.pick({
  name: true,
  description: true,
  status: true,
  settings: true,
  rateLimit: true,
})
  .partial()
  .extend({ conversationId: Uuid, id: Uuid, by: UserId, timestamp: Timestamp });
export type ConversationUpdated = z.infer<typeof ConversationUpdated>;

export const serverEvents = {
  CONNECTION_SUCCESS: z.object({
    userId: UserId,
    deviceId: z.string(),
    serverTime: Timestamp,
    gateway: z.string(),
  }),
  CONNECTION_ERROR: z.object({ message: z.string(), code: ErrorCode }),
  NEW_MESSAGE: Message,
  MESSAGE_SENT: clientEvents.NEW_MESSAGE.data,
  MESSAGE_EDITED: MessageEdited,
  MESSAGE_DELETED: MessageDeleted,
  MESSAGE_UPDATED: MessageUpdated,
  REACTION_ADDED: ReactionChanged,
  REACTION_REMOVED: ReactionChanged,
  MESSAGE_DELIVERED_UPDATE: DeliveredUpdate,
  MESSAGE_READ_UPDATE: ReadUpdate,
  USER_TYPING: UserTyping,
  USER_ONLINE: Presence,
  USER_OFFLINE: Presence,
  USER_PRESENCE_UPDATE: Presence,
  ONLINE_USERS: clientEvents.GET_ONLINE_USERS.data,
  HEALTH_RESPONSE: clientEvents.HEALTH_CHECK.data,
  SYNC: clientEvents.SYNC.data,
  CONVERSATION_UPDATED: ConversationUpdated,
  PARTICIPANT_ADDED: ParticipantEvent,
  PARTICIPANT_REMOVED: ParticipantEvent,
  MODERATION_FLAGGED: z.object({
    messageId: Uuid,
    conversationId: Uuid,
    reason: z.string(),
    timestamp: Timestamp,
  }),
  RATE_LIMIT_EXCEEDED: z.object({ error: z.string(), retryAfter: z.number().describe("seconds") }),
  ERROR: z.object({
    message: z.string(),
    code: ErrorCode,
    timestamp: Timestamp,
    event: z.string().optional().describe("the client event that failed"),
    tempId: z.string().optional(),
    field: z.string().optional(),
    traceId: z.string().optional(),
  }),
  FORCE_DISCONNECT: z.object({ reason: z.enum(disconnectReasons), timestamp: Timestamp }),
  RECONNECT: z.object({ delayMs: z.int() }),
} as const satisfies Record<string, z.ZodType>;

export type ServerEvents = typeof serverEvents;
export type ServerEventName = keyof ServerEvents;
export type ServerPayload<E extends ServerEventName> = z.input<ServerEvents[E]>;
