/** How far everybody has come. Pointers only grow, so any order and repetition comes to the same. Pure. */
import type { Participant } from "../../../protocol/conversation.ts";
import type { DeliveredUpdate, Message, ReadUpdate } from "../../../protocol/message.ts";
import type { Receipt } from "../../../protocol/sync.ts";
import type { ConversationState } from "./chat-state.ts";
import { readUpTo } from "./unread.ts";

export function withDelivered(
  conversation: ConversationState,
  { userId, seq }: Pick<DeliveredUpdate, "userId" | "seq">,
): ConversationState {
  return moved(conversation, [{ userId, deliveredSeq: seq, readSeq: 0 }]);
}

export function withRead(
  conversation: ConversationState,
  { userId, seq }: Pick<ReadUpdate, "userId" | "seq">,
  self: string,
): ConversationState {
  // Reading implies delivery.
  const next = moved(conversation, [{ userId, deliveredSeq: seq, readSeq: seq }]);
  return userId === self ? readUpTo(next, seq, self) : next;
}

export function withReceipts(
  conversation: ConversationState,
  receipts: readonly Pick<Receipt, "userId" | "deliveredSeq" | "readSeq">[],
  self: string,
): ConversationState {
  const own = receipts.find(({ userId }) => userId === self);
  const next = moved(conversation, receipts);
  return own ? readUpTo(next, own.readSeq, self) : next;
}

/** Pointers as they were, or as they are, whichever is further. */
export function furthest(
  participant: Participant,
  other: Pick<Receipt, "deliveredSeq" | "readSeq">,
): Participant {
  const deliveredSeq = Math.max(participant.deliveredSeq, other.deliveredSeq);
  const readSeq = Math.max(participant.readSeq, other.readSeq);
  return deliveredSeq === participant.deliveredSeq && readSeq === participant.readSeq
    ? participant
    : { ...participant, deliveredSeq, readSeq };
}

function moved(
  conversation: ConversationState,
  moves: readonly Pick<Receipt, "userId" | "deliveredSeq" | "readSeq">[],
): ConversationState {
  let changed = false;
  const participants = conversation.participants.map((participant) => {
    const move = moves.find(({ userId }) => userId === participant.userId);
    const next = move ? furthest(participant, move) : participant;
    changed ||= next !== participant;
    return next;
  });
  return changed ? { ...conversation, participants } : conversation;
}

type Lowest = { readonly delivered: number; readonly read: number };
const lowestOf = new WeakMap<readonly Participant[], Map<string, Lowest>>();

/** How far all participants but one have come: the rule by which the server derives `status`. */
export function lowestOfOthers(participants: readonly Participant[], sender: string): Lowest {
  const known = lowestOf.get(participants) ?? new Map<string, Lowest>();
  lowestOf.set(participants, known);
  const found = known.get(sender);
  if (found) return found;
  let delivered = Number.POSITIVE_INFINITY;
  let read = Number.POSITIVE_INFINITY;
  for (const other of participants) {
    // Who has just come in, and is known by an event alone, has no pointers yet.
    if (other.userId === sender || !other.user) continue;
    delivered = Math.min(delivered, Math.max(other.deliveredSeq, other.readSeq));
    read = Math.min(read, other.readSeq);
  }
  // Nobody else there: nothing has arrived.
  const lowest = Number.isFinite(read) ? { delivered, read } : { delivered: -1, read: -1 };
  known.set(sender, lowest);
  return lowest;
}

/** What a message's status is now; the row's own was true when it was read. */
export function statusOf(participants: readonly Participant[], message: Message): Message["status"] {
  if (message.deletedAt !== null) return "DELETED";
  const { delivered, read } = lowestOfOthers(participants, message.senderId);
  if (read >= message.seq) return "READ";
  return delivered >= message.seq ? "DELIVERED" : "SENT";
}
