/**
 * What is to be told to whom. The domain says it in rooms; how it reaches the sockets, here and on the
 * other gateways, is the bus' and the gateway's affair.
 */
import type { ServerEventName } from "../protocol/server-events.ts";

export interface Delivery {
  event: ServerEventName;
  payload: object;
  /** Every socket in one of these rooms gets it, once … */
  rooms: readonly string[];
  /** … but not those in one of these (a socket's id is a room of its own). */
  except?: readonly string[];
  /** The sender's own devices get it with these fields besides, `except` this socket. */
  echo?: { room: string; except?: string | undefined; add: object };
  /**
   * By Postgres' clock, in ms. Another gateway may hear of it late, when devices have moved there that were
   * told live elsewhere: who connected after it is not told, for they SYNC.
   */
  sentAt?: number;
  /** In a conversation's room: the membership that the room must have; an older one is refreshed first. */
  membersVersion?: number;
  /** The trace that it belongs to, as a `traceparent`; absent: none. */
  trace?: string;
}

/** Hands deliveries over without waiting: live events are a fast path that may be lost. */
export type Deliver = (delivery: Delivery) => void;

/** Who does something, and by which socket (none over REST): that socket is answered, not told. */
export interface Actor {
  userId: string;
  socketId?: string | undefined;
}

export function userRoom(userId: string): string {
  return `user:${userId}`;
}

export function conversationRoom(conversationId: string): string {
  return `conversation:${conversationId}`;
}
