/** What screens ask of the state. Pure, and the same object for the same state, so that nothing renders in vain. */
import type { Message } from "../../../protocol/message.ts";
import type { ChatState, ConversationState, OutboxItem } from "./chat-state.ts";
import { statusOf } from "./pointers.ts";

export { type ShownMessage, selectThread, selectTimeline, type Timeline } from "./timeline.ts";

export type StatusIcon = "clock" | "error" | "sent" | "delivered" | "read";

/** The icon of an own message; null for everybody else's. */
export function selectStatusIcon(
  state: ChatState,
  { message, send, change }: { message: Message; send: OutboxItem | null; change: OutboxItem | null },
): StatusIcon | null {
  if (message.senderId !== state.self?.id) return null;
  if (send?.state === "failed" || change?.state === "failed") return "error";
  if ((send && send.state !== "sent") || (change && change.state !== "sent")) return "clock";
  const participants = state.conversations[message.conversationId]?.participants ?? [];
  const status = statusOf(participants, message);
  if (status === "READ") return "read";
  return status === "DELIVERED" ? "delivered" : "sent";
}

/** Remembers the last answer, by what it was computed from. */
function remembering<A, T>(
  key: (state: ChatState) => A,
  compute: (state: ChatState) => T,
): (state: ChatState) => T {
  let last: { key: A; value: T } | undefined;
  return (state) => {
    const now = key(state);
    if (last?.key === now) return last.value;
    last = { key: now, value: compute(state) };
    return last.value;
  };
}

const sameOrder = (() => {
  let last: readonly string[] = [];
  return (order: string[]) => {
    if (order.length !== last.length || order.some((id, at) => id !== last[at])) last = order;
    return last;
  };
})();

/** Ids of the conversations, the one with the newest message first. */
export const selectOrder: (state: ChatState) => readonly string[] = remembering(
  (state) => state.conversations,
  ({ conversations }) =>
    sameOrder(
      Object.values(conversations)
        .sort((a, b) => (newest(a) < newest(b) ? 1 : newest(a) > newest(b) ? -1 : a.id < b.id ? 1 : -1))
        .map(({ id }) => id),
    ),
);

function newest({ last, createdAt }: ConversationState): string {
  return last?.timestamp ?? createdAt;
}

export const selectUnreadTotal: (state: ChatState) => number = remembering(
  (state) => state.conversations,
  ({ conversations }) => Object.values(conversations).reduce((sum, { unreadCount }) => sum + unreadCount, 0),
);

/** The other user of a direct conversation (oneself in the one with oneself); null in others. */
export function selectPeer(state: ChatState, conversationId: string): string | null {
  const conversation = state.conversations[conversationId];
  if (conversation?.type !== "DIRECT") return null;
  const self = state.self?.id ?? null;
  return conversation.participants.find(({ userId }) => userId !== self)?.userId ?? self;
}

/** A conversation's name, or that of the other person in it. */
export function selectTitle(state: ChatState, conversationId: string): string {
  const peer = selectPeer(state, conversationId);
  if (peer !== null) return state.people[peer]?.name ?? "Somebody";
  return state.conversations[conversationId]?.name ?? "Conversation";
}
