/** A conversation as the list tells it, merged with what is held of it. Pure. */
import type { Conversation, Participant } from "../../../protocol/conversation.ts";
import { drained } from "./advance.ts";
import type { ConversationState } from "./chat-state.ts";
import { furthest } from "./pointers.ts";
import { readUpTo } from "./unread.ts";

/**
 * How many versions behind it is cheaper to begin anew with the newest messages than to ask SYNC for all that
 * changed, 100 rows at a time.
 */
export const TOO_FAR_BEHIND = 400;

export function mergeSnapshot(
  held: ConversationState | undefined,
  snapshot: Conversation,
  self: string,
): ConversationState {
  if (!held || snapshot.version - held.version > TOO_FAR_BEHIND) return begun(held, snapshot, self);
  const {
    lastMessage: _,
    messageCount: __,
    seq: ___,
    version,
    unreadCount,
    participants,
    ...facts
  } = snapshot;
  const own = participants.find(({ userId }) => userId === self);
  let next: ConversationState = {
    ...held,
    ...facts,
    lastActivityAt: held.lastActivityAt > facts.lastActivityAt ? held.lastActivityAt : facts.lastActivityAt,
    participants: merged(held.participants, participants),
    known: Math.max(held.known, version),
  };
  if (own) next = readUpTo(next, own.readSeq, self);
  // The same state: the server has counted. Not where this device has read on and the server does not know yet.
  if (version === held.version && (!own || own.readSeq >= next.readSeq))
    next = { ...next, unreadCount, unreadExact: true };
  return next;
}

/** Nothing but what the list says, and what had come too early for it. */
function begun(
  held: ConversationState | undefined,
  { lastMessage, messageCount: _, ...facts }: Conversation,
  self: string,
): ConversationState {
  const own = facts.participants.find(({ userId }) => userId === self);
  const fresh: ConversationState = {
    ...facts,
    participants: merged(held?.participants ?? [], facts.participants),
    last: lastMessage,
    messages: lastMessage ? [lastMessage] : [],
    ranges: lastMessage ? [[lastMessage.seq, lastMessage.seq]] : [],
    firstSeq: lastMessage ? null : 1,
    // Who is not listed is in a large group: all that is known is how much is unread.
    readSeq: own?.readSeq ?? (facts.unreadCount === 0 ? facts.seq : 0),
    unreadExact: true,
    hydrated: true,
    partial: false,
    known: Math.max(facts.version, held?.known ?? 0),
    waiting: held?.waiting.filter(({ version }) => version > facts.version) ?? [],
    unplaced: [],
    stamps: held?.stamps ?? {},
  };
  return drained(held ? readUpTo(fresh, held.readSeq, self) : fresh, self);
}

function merged(held: readonly Participant[], told: readonly Participant[]): Participant[] {
  return told.map((participant) => {
    const before = held.find(({ userId }) => userId === participant.userId);
    return before ? furthest(participant, before) : participant;
  });
}
