/** Puts a whole message into what is held of its conversation. Pure. */
import type { Message } from "../../../protocol/message.ts";
import { type Patch, patched } from "./change.ts";
import type { ConversationState } from "./chat-state.ts";
import { holds, withSeq } from "./ranges.ts";
import { isUnreadBy } from "./unread.ts";

/**
 * Takes a message as the server has it, new or old, from an event, SYNC or a page of history. One that is held in a
 * newer state stays. Keeps `unreadCount` right: a message beyond the last known one may be a new unread one, and
 * one that is deleted no longer counts.
 */
export function placeMessage(conversation: ConversationState, row: Message, self: string): ConversationState {
  const at = indexOf(conversation.messages, row.seq);
  const held = conversation.messages[at];
  if (held?.seq === row.seq) return replaceAt(conversation, at, row, self);
  const message = withUnplaced(row, conversation.unplaced);
  const messages =
    at === conversation.messages.length
      ? [...conversation.messages, message]
      : [...conversation.messages.slice(0, at), message, ...conversation.messages.slice(at)];
  const ranges = withSeq(conversation.ranges, row.seq);
  const next = { ...conversation, messages, ranges, last: later(conversation.last, message) };
  if (row.seq > conversation.seq)
    return {
      ...advanced(next),
      unreadCount: next.unreadCount + (isUnreadBy(self, next.readSeq, message) ? 1 : 0),
    };
  // It counted when it was written, and was deleted after what this state is as of.
  const gone =
    message.deletedAt !== null &&
    message.version > conversation.version &&
    isUnreadBy(self, next.readSeq, { ...message, deletedAt: null });
  if (!gone) return next;
  // A reply changes a deleted root, too: then it may have been deleted, and not counted, long before.
  if (message.thread) return { ...next, unreadExact: false };
  return { ...next, unreadCount: Math.max(0, next.unreadCount - 1) };
}

/** Applies a change to the message it is about, if that is held; otherwise keeps it for when it comes. */
export function placePatch(conversation: ConversationState, patch: Patch, self: string): ConversationState {
  const at = conversation.messages.findLastIndex(({ id }) => id === patch.messageId);
  const held = conversation.messages[at];
  if (held)
    return patch.version <= held.version
      ? conversation
      : replaceAt(conversation, at, patched(held, patch), self);
  const { unplaced, ranges, readSeq, seq } = conversation;
  // Whether it was unread cannot be told where not all of the unread is held.
  const doubtful = patch.kind === "deleted" && !holds(ranges, readSeq + 1, seq);
  return {
    ...conversation,
    unplaced: [...unplaced, patch].slice(-MAX_UNPLACED),
    unreadExact: conversation.unreadExact && !doubtful,
  };
}

/** More than can come while a page of history is on its way. */
const MAX_UNPLACED = 200;

function replaceAt(
  conversation: ConversationState,
  at: number,
  row: Message,
  self: string,
): ConversationState {
  const held = conversation.messages[at] as Message;
  if (held.version >= row.version) return conversation;
  const { readSeq } = conversation;
  const gone = isUnreadBy(self, readSeq, held) && !isUnreadBy(self, readSeq, row);
  return {
    ...conversation,
    messages: conversation.messages.with(at, row),
    last: later(conversation.last, row),
    unreadCount: gone ? Math.max(0, conversation.unreadCount - 1) : conversation.unreadCount,
  };
}

function withUnplaced(row: Message, unplaced: readonly Patch[]): Message {
  let message = row;
  for (const patch of unplaced)
    if (patch.messageId === row.id && patch.version > message.version) message = patched(message, patch);
  return message;
}

/** `seq` goes up to where nothing is missing. */
function advanced(conversation: ConversationState): ConversationState {
  const range = conversation.ranges.find(
    ([from, to]) => from <= conversation.seq + 1 && to > conversation.seq,
  );
  return range ? { ...conversation, seq: range[1] } : conversation;
}

function later(a: Message | null, b: Message): Message {
  return a && (a.seq > b.seq || (a.seq === b.seq && a.version > b.version)) ? a : b;
}

/** Where a seq is, or would be; mostly at the end. */
function indexOf(messages: readonly Message[], seq: number): number {
  if ((messages.at(-1)?.seq ?? 0) < seq) return messages.length;
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle] as Message).seq < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
