/**
 * How a conversation goes from version to version. Live changes are applied strictly in order; what came too early
 * waits. SYNC brings whole rows and overtakes what waited. Pure.
 */
import type { ConversationDelta } from "../../../protocol/sync.ts";
import type { Noticed } from "./change.ts";
import type { ConversationState } from "./chat-state.ts";
import { placeMessage, placePatch } from "./place-message.ts";
import { withReceipts } from "./pointers.ts";

/** Changes that wait for those before them; more are left to SYNC. */
const MAX_WAITING = 300;

/** Somebody named a version of this conversation, perhaps with the change that made it. */
export function notice(
  conversation: ConversationState,
  { version, change }: Omit<Noticed, "conversationId">,
  self: string,
): ConversationState {
  if (version <= conversation.version) return conversation;
  const known = Math.max(conversation.known, version);
  const { waiting } = conversation;
  if (!change || waiting.some((other) => other.version === version))
    return known === conversation.known ? conversation : { ...conversation, known };
  const sorted = [...waiting, change].sort((a, b) => a.version - b.version).slice(0, MAX_WAITING);
  return drained({ ...conversation, known, waiting: sorted }, self);
}

/** Takes a part of a SYNC answer. What is not hydrated yet only learns that there is something. */
export function mergeDelta(
  conversation: ConversationState,
  delta: ConversationDelta,
  self: string,
): ConversationState {
  const version = delta.limited ? (delta.cursor ?? conversation.version) : delta.version;
  const receipts = withReceipts(conversation, delta.receipts, self);
  if (!receipts.hydrated) return { ...receipts, known: Math.max(receipts.known, version) };
  let next = receipts;
  for (const row of delta.messages) next = placeMessage(next, row, self);
  if (version >= next.version)
    next = { ...next, version, known: Math.max(next.known, version), partial: delta.limited };
  return drained(next, self);
}

/** Applies what waited and is next now. */
export function drained(conversation: ConversationState, self: string): ConversationState {
  const { hydrated, partial } = conversation;
  if (!hydrated || partial || conversation.waiting.length === 0) return conversation;
  let next = conversation;
  let taken = 0;
  for (const change of conversation.waiting) {
    if (change.version > next.version + 1) break;
    taken += 1;
    if (change.version <= next.version) continue;
    next =
      change.kind === "message" ? placeMessage(next, change.message, self) : placePatch(next, change, self);
    next = { ...next, version: change.version };
  }
  return taken === 0 ? next : { ...next, waiting: conversation.waiting.slice(taken) };
}

/** Something is missing that only SYNC can bring, unless it comes in a moment. */
export function isBehind(conversation: ConversationState): boolean {
  return conversation.hydrated && (conversation.partial || conversation.known > conversation.version);
}
