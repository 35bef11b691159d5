/** An outbox item as the event that does it, by the contract. Pure. */
import type { ClientEventName } from "../../../protocol/client-events.ts";
import type { OutboxItem } from "../state/chat-state.ts";

export interface Request {
  readonly event: ClientEventName;
  readonly payload: unknown;
}

/** Undefined while the message it is about has not been sent. */
export function requestOf(item: OutboxItem): Request | undefined {
  switch (item.kind) {
    case "send": {
      const { conversationId, content, tempId, replyToId, threadId, attachmentIds, clientTimestamp } = item;
      const payload = {
        conversationId,
        content,
        tempId,
        clientTimestamp,
        type: threadId ? "THREAD" : replyToId ? "REPLY" : "TEXT",
        ...(replyToId && { replyToId }),
        ...(threadId && { threadId }),
        ...(attachmentIds?.length && { attachmentIds }),
      };
      return { event: "NEW_MESSAGE", payload };
    }
    case "read":
      return { event: "MESSAGE_READ", payload: { conversationId: item.conversationId, seq: item.seq } };
    default: {
      if (!("messageId" in item.target)) return undefined;
      const { messageId } = item.target;
      if (item.kind === "edit")
        return { event: "EDIT_MESSAGE", payload: { messageId, content: item.content } };
      if (item.kind === "delete") return { event: "DELETE_MESSAGE", payload: { messageId } };
      const event = item.add ? "ADD_REACTION" : "REMOVE_REACTION";
      return { event, payload: { messageId, emoji: item.emoji } };
    }
  }
}

/** What waits for what: a conversation's items go one after the other, its reading apart from the rest. */
export function laneOf(item: OutboxItem): string {
  return item.kind === "read" ? `${item.conversationId} read` : item.conversationId;
}
