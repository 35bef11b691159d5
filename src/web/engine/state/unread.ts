/** What is unread, as the server counts it: others' messages beyond the own pointer that are not deleted. Pure. */
import type { Message } from "../../../protocol/message.ts";
import type { ConversationState } from "./chat-state.ts";
import { holds } from "./ranges.ts";

/** The server stops counting there. */
export const MAX_UNREAD = 1000;

export function isUnreadBy(
  self: string,
  readSeq: number,
  message: Pick<Message, "seq" | "senderId" | "deletedAt">,
): boolean {
  return message.seq > readSeq && message.senderId !== self && message.deletedAt === null;
}

/** One has read up to `readSeq`, here or elsewhere. Pointers never go back. */
export function readUpTo(conversation: ConversationState, readSeq: number, self: string): ConversationState {
  const { readSeq: before, seq, ranges, messages, unreadCount, unreadExact } = conversation;
  if (readSeq <= before) return conversation;
  const next = { ...conversation, readSeq };
  const unread = (from: number) => messages.reduce((n, m) => n + (isUnreadBy(self, from, m) ? 1 : 0), 0);
  if (holds(ranges, readSeq + 1, seq)) return { ...next, unreadCount: unread(readSeq), unreadExact: true };
  if (holds(ranges, before + 1, readSeq))
    return {
      ...next,
      unreadCount: Math.max(0, unreadCount - (unread(before) - unread(readSeq))),
      unreadExact: unreadExact && unreadCount < MAX_UNREAD,
    };
  return { ...next, unreadCount: Math.min(unreadCount, seq - readSeq), unreadExact: false };
}
