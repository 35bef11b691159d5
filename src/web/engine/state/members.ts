/**
 * Names, settings and members. They take no version; events say when they happened, which decides where two come in
 * the wrong order. What an event does not tell (a new member's name, a new role) the list does. Pure.
 */
import type { Participant, ParticipantEvent } from "../../../protocol/conversation.ts";
import type { ConversationUpdated } from "../../../protocol/server-events.ts";
import type { ConversationState } from "./chat-state.ts";

export function withUpdate(conversation: ConversationState, update: ConversationUpdated): ConversationState {
  const { id: _, conversationId: __, by: ___, timestamp, ...facts } = update;
  if (!isNews(conversation, "settings", timestamp)) return conversation;
  const told = Object.fromEntries(Object.entries(facts).filter(([name]) => FACTS.has(name)));
  return { ...conversation, ...told, stamps: { ...conversation.stamps, settings: timestamp } };
}

const FACTS: ReadonlySet<string> = new Set(["name", "description", "status", "settings", "rateLimit"]);

/** Whether an update says what changed; otherwise the conversation must be read again. */
export function tellsFacts(update: ConversationUpdated): boolean {
  return Object.keys(update).some((name) => FACTS.has(name));
}

export function withMember(conversation: ConversationState, event: ParticipantEvent): ConversationState {
  const { userId, timestamp } = event;
  if (!isNews(conversation, userId, timestamp)) return conversation;
  const stamps = { ...conversation.stamps, [userId]: timestamp };
  const held = conversation.participants.find((participant) => participant.userId === userId);
  const participant: Participant = {
    // Who comes in has everything before read, says the list; more than what is known must never be assumed.
    deliveredSeq: 0,
    readSeq: 0,
    permissions: {},
    ...held,
    userId,
    role: event.role ?? "MEMBER",
    status: event.status ?? "ACTIVE",
    joinedAt: timestamp,
  };
  return {
    ...conversation,
    stamps,
    participants: [...conversation.participants.filter((other) => other !== held), participant],
    memberCount: conversation.memberCount + (held ? 0 : 1),
  };
}

export function withoutMember(
  conversation: ConversationState,
  { userId, timestamp }: Pick<ParticipantEvent, "userId" | "timestamp">,
): ConversationState {
  if (!isNews(conversation, userId, timestamp)) return conversation;
  const stamps = { ...conversation.stamps, [userId]: timestamp };
  const participants = conversation.participants.filter((participant) => participant.userId !== userId);
  if (participants.length === conversation.participants.length) return { ...conversation, stamps };
  return { ...conversation, stamps, participants, memberCount: conversation.memberCount - 1 };
}

function isNews({ stamps }: ConversationState, about: string, timestamp: string): boolean {
  // The same one again is applied again: a list that was read before it may have come in between.
  return timestamp >= (stamps[about] ?? "");
}
