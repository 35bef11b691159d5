/** Who is in a conversation, as rooms. */
import { type Actor, conversationRoom, type Delivery, userRoom } from "../bus/delivery.ts";
import type { ServerEventName } from "../protocol/server-events.ts";
import type { DirectPair } from "../store/message-rows.ts";

/** The rooms in which everybody of a conversation is: two users' own, or the conversation's. */
export function audience(conversation: DirectPair & { conversationId: string }): string[] {
  if (conversation.directLow === null || conversation.directHigh === null)
    return [conversationRoom(conversation.conversationId)];
  return conversation.directLow === conversation.directHigh
    ? [userRoom(conversation.directLow)]
    : [userRoom(conversation.directLow), userRoom(conversation.directHigh)];
}

/** Everybody of a conversation but the socket that did it. */
export function toOthers(
  actor: Actor,
  conversation: DirectPair & { conversationId: string; membersVersion: number },
  event: ServerEventName,
  payload: object,
): Delivery {
  return {
    event,
    payload,
    rooms: audience(conversation),
    ...(actor.socketId !== undefined && { except: [actor.socketId] }),
    ...(conversation.directLow === null && { membersVersion: conversation.membersVersion }),
  };
}
