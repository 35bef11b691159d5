/** Names and pictures. Pure. */
import type { Conversation } from "../../../protocol/conversation.ts";
import type { ChatState, Person } from "./chat-state.ts";

export function withPeopleOf(state: ChatState, conversations: readonly Conversation[]): ChatState {
  const people: Record<string, Person> = { ...state.people };
  let changed = false;
  for (const { participants } of conversations)
    for (const { user } of participants) {
      if (!user) continue;
      const held = people[user.id];
      if (held?.name === user.name && held.avatarUrl === user.avatarUrl && held.lastSeen === user.lastSeen)
        continue;
      people[user.id] = user;
      changed = true;
    }
  return changed ? { ...state, people } : state;
}
