/** Who is there and who is typing: never stored, and forgotten with the connection. Pure. */
import type { ServerPayload } from "../../../protocol/server-events.ts";
import type { Presence } from "../../../protocol/user.ts";
import type { ChatState } from "./chat-state.ts";

export function withPresence(state: ChatState, presence: Presence): ChatState {
  const held = state.presence[presence.userId];
  if (held?.status === presence.status && held.lastSeen === presence.lastSeen) return state;
  return { ...state, presence: { ...state.presence, [presence.userId]: presence } };
}

/** The answer to GET_ONLINE_USERS: who is not in it is offline. */
export function withOnline(state: ChatState, users: readonly Presence[]): ChatState {
  const presence: Record<string, Presence> = {};
  for (const [userId, { lastSeen }] of Object.entries(state.presence))
    presence[userId] = { userId, status: "offline", lastSeen };
  for (const user of users) presence[user.userId] = user;
  return { ...state, presence };
}

export function withTyping(
  state: ChatState,
  { conversationId, userId, isTyping }: ServerPayload<"USER_TYPING">,
): ChatState {
  const now = state.typing[conversationId] ?? [];
  if (now.includes(userId) === isTyping || userId === state.self?.id) return state;
  const next = isTyping ? [...now, userId] : now.filter((id) => id !== userId);
  const { [conversationId]: _, ...others } = state.typing;
  return { ...state, typing: next.length === 0 ? others : { ...others, [conversationId]: next } };
}
