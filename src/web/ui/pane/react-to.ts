import type { ChatClient, Message, ShownMessage } from "../shell/types.ts";
import { referenceOf } from "./reference-of.ts";

/** Offered without opening the picker. */
export const quickEmoji = ["👍", "❤️", "😂", "😮", "😢", "🙏"] as const;

export function selfReacted(message: Message, emoji: string, selfId: string): boolean {
  return message.reactions.some((reaction) => reaction.emoji === emoji && reaction.userIds.includes(selfId));
}

/** Adds one's own reaction, or takes it back. Shown at once, told when it can be. */
export function toggleReaction(client: ChatClient, entry: ShownMessage, emoji: string): void {
  const self = client.store.getState().self?.id ?? "";
  const { conversationId } = entry.message;
  client.messages.react(conversationId, referenceOf(entry), emoji, !selfReacted(entry.message, emoji, self));
}
