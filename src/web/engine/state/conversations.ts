/** Changes of one conversation among all. Pure. */
import type { Message } from "../../../protocol/message.ts";
import { drained } from "./advance.ts";
import type { ChatState, ConversationState } from "./chat-state.ts";
import type { StoredConversation } from "./input.ts";
import { settled } from "./outbox-state.ts";
import { placeMessage } from "./place-message.ts";
import { readUpTo } from "./unread.ts";

/** Messages that are kept of a conversation which is not shown, and that it may come to have before it is trimmed. */
const KEPT = 100;
const TOO_MANY = 400;

/** The state with one conversation changed; one that is not known stays so. */
export function changed(
  state: ChatState,
  id: string,
  change: (conversation: ConversationState) => ConversationState,
): ChatState {
  const before = state.conversations[id];
  if (!before) return state;
  let after = change(before);
  if (after === before) return state;
  if (after.messages.length > TOO_MANY && !state.views[id]) after = trimmed(after);
  return {
    ...state,
    conversations: { ...state.conversations, [id]: after },
    outbox: settled(state.outbox, after, before),
  };
}

/** One is not in the conversation any more: nothing of it stays, unsent messages neither. */
export function without(state: ChatState, id: string): ChatState {
  if (!state.conversations[id]) return state;
  const { [id]: _, ...conversations } = state.conversations;
  const { [id]: __, ...typing } = state.typing;
  const { [id]: ___, ...views } = state.views;
  const { [id]: ____, ...drafts } = state.drafts;
  const outbox = state.outbox.filter(({ conversationId }) => conversationId !== id);
  return { ...state, conversations, typing, views, drafts, outbox };
}

/** A page of history, read by the server after it was asked for. */
export function paged(
  conversation: ConversationState,
  { messages, start }: { messages: readonly Message[]; start: boolean },
  self: string,
): ConversationState {
  // What is stored must come first: it would take the place of this.
  if (!conversation.hydrated) return conversation;
  let next = conversation;
  for (const message of messages) {
    // What is newer than all that is known comes in its turn, by its event or SYNC.
    if (message.seq <= conversation.seq) next = placeMessage(next, message, self);
    next = { ...next, known: Math.max(next.known, message.version) };
  }
  return start ? { ...next, firstSeq: messages[0]?.seq ?? next.messages[0]?.seq ?? 1 } : next;
}

/** Its stored messages are here; null: there were none. What waited for them is applied. */
export function hydrated(
  conversation: ConversationState,
  stored: StoredConversation | null,
  self: string,
): ConversationState {
  if (conversation.hydrated) return conversation;
  const { readSeq } = conversation;
  const next = { ...conversation, ...(stored && storedPart(stored)), hydrated: true };
  const read = { ...next, known: Math.max(next.known, next.version) };
  const waiting = read.waiting.filter(({ version }) => version > read.version);
  return drained(readUpTo({ ...read, waiting }, readSeq, self), self);
}

/** What IndexedDB keeps of a conversation as of its version, besides the facts. */
export function storedPart(conversation: StoredConversation): StoredConversation {
  const { version, partial, seq, last, messages, ranges, firstSeq, readSeq, unreadCount, unreadExact } =
    conversation;
  return { version, partial, seq, last, messages, ranges, firstSeq, readSeq, unreadCount, unreadExact };
}

/** Only the newest messages that are held without a gap, and no more than a few. */
export function trimmed(conversation: ConversationState): ConversationState {
  const tail = conversation.ranges.at(-1);
  if (!tail || (conversation.ranges.length === 1 && conversation.messages.length <= KEPT))
    return conversation;
  const from = Math.max(tail[0], tail[1] - KEPT + 1);
  return {
    ...conversation,
    messages: conversation.messages.filter(({ seq }) => seq >= from),
    ranges: [[from, tail[1]]],
  };
}
