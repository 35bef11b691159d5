import type { Actor } from "../bus/delivery.ts";
import { conversationRoom, userRoom } from "../bus/delivery.ts";
import type { Participant, ParticipantEvent, ParticipantPatch } from "../protocol/conversation.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Access } from "../store/conversations.ts";
import {
  endParticipation,
  findParticipant,
  addParticipants as insertParticipants,
  readParticipants,
  updateParticipant,
} from "../store/participants.ts";
import { accessTo, type ConversationDependencies, unknownUsers } from "./change-conversation.ts";
import { mayAddParticipants, mayGiveRole, mayModerate } from "./policy.ts";

/** Adds people. Those who are in it already stay as they are; who is banned stays out. */
export async function addParticipants(
  deps: ConversationDependencies,
  actor: Actor,
  conversationId: string,
  userIds: readonly string[],
): Promise<Participant[]> {
  const access = await accessTo(deps.sql, conversationId, actor.userId);
  if (!mayAddParticipants(access))
    throw new ChatError("FORBIDDEN", "You may not add people to this conversation");
  const change = await insertParticipants(deps.sql, conversationId, actor.userId, userIds);
  if (change.missing.length > 0) throw unknownUsers(change.missing);
  if (change.userIds.length > 0) {
    await deps.tellMembership({
      conversationId,
      membersVersion: change.membersVersion,
      added: change.userIds,
      removed: [],
    });
    for (const userId of change.userIds)
      announce(deps, "PARTICIPANT_ADDED", access, change.membersVersion, {
        userId,
        role: "MEMBER",
        by: actor.userId,
      });
  }
  const participants = await readParticipants(deps.sql, [conversationId], 1000);
  return participants.get(conversationId) ?? [];
}

/** Leaves (oneself) or removes somebody. Resolves when they are out of the room on every gateway. */
export async function removeParticipant(
  deps: ConversationDependencies,
  actor: Actor,
  conversationId: string,
  userId: string,
): Promise<void> {
  await end(deps, actor, conversationId, userId, userId === actor.userId ? "LEFT" : "REMOVED");
}

/** Changes a participant's role, permissions or status; BANNED removes them and keeps them out. */
export async function patchParticipant(
  deps: ConversationDependencies,
  actor: Actor,
  conversationId: string,
  userId: string,
  patch: ParticipantPatch,
): Promise<Participant | undefined> {
  if (patch.status === "BANNED") {
    await end(deps, actor, conversationId, userId, "BANNED");
    return undefined;
  }
  const access = await accessTo(deps.sql, conversationId, actor.userId);
  const subject = await subjectOf(deps, conversationId, userId);
  if (patch.role !== undefined && !mayGiveRole(access, subject, patch.role))
    throw new ChatError("FORBIDDEN", "You may not give this role", { field: "role" });
  if (patch.role !== undefined && patch.role !== "OWNER" && subject.role === "OWNER")
    await keepAnOwner(deps, conversationId, userId);
  if ((patch.status ?? patch.permissions) !== undefined && !mayModerate(access, subject))
    throw new ChatError("FORBIDDEN", "You may not change this participant");
  await updateParticipant(deps.sql, {
    ...patch,
    status: patch.status,
    conversationId,
    userId,
    actorId: actor.userId,
  });
  const participants = await readParticipants(deps.sql, [conversationId], Number.MAX_SAFE_INTEGER);
  const payload = {
    id: conversationId,
    conversationId,
    by: actor.userId,
    timestamp: new Date().toISOString(),
  };
  deps.deliver({
    event: "CONVERSATION_UPDATED",
    payload,
    rooms: [conversationRoom(conversationId)],
    membersVersion: access.membersVersion,
  });
  return participants.get(conversationId)?.find((participant) => participant.userId === userId);
}

async function end(
  deps: ConversationDependencies,
  actor: Actor,
  conversationId: string,
  userId: string,
  status: "LEFT" | "REMOVED" | "BANNED",
): Promise<void> {
  const access = await accessTo(deps.sql, conversationId, actor.userId);
  if (access.type === "DIRECT")
    throw new ChatError("FORBIDDEN", "A direct conversation has two people as long as it lasts; archive it");
  if (status !== "LEFT" && !mayModerate(access, await subjectOf(deps, conversationId, userId)))
    throw new ChatError("FORBIDDEN", "You may not remove this participant");
  if (status === "LEFT" && access.role === "OWNER") await keepAnOwner(deps, conversationId, userId);
  const change = await endParticipation(deps.sql, { conversationId, actorId: actor.userId, userId, status });
  if (!change) return; // somebody else was quicker: it is as asked
  await deps.tellMembership({
    conversationId,
    membersVersion: change.membersVersion,
    added: [],
    removed: [userId],
  });
  announce(deps, "PARTICIPANT_REMOVED", access, change.membersVersion, { userId, status, by: actor.userId });
}

/** The last owner may leave, or take a lower role, only when alone or after making another owner. */
async function keepAnOwner(
  deps: ConversationDependencies,
  conversationId: string,
  userId: string,
): Promise<void> {
  const participants = await readParticipants(deps.sql, [conversationId], Number.MAX_SAFE_INTEGER);
  const others = (participants.get(conversationId) ?? []).filter(
    (participant) => participant.userId !== userId,
  );
  if (others.length > 0 && !others.some(({ role }) => role === "OWNER"))
    throw new ChatError("CONFLICT", "Make somebody else the owner first");
}

async function subjectOf(deps: ConversationDependencies, conversationId: string, userId: string) {
  const subject = await findParticipant(deps.sql, conversationId, userId);
  if (!subject || (subject.status !== "ACTIVE" && subject.status !== "MUTED"))
    throw new ChatError("NOT_FOUND", "There is no such participant", { field: "userId" });
  return subject;
}

function announce(
  deps: ConversationDependencies,
  event: "PARTICIPANT_ADDED" | "PARTICIPANT_REMOVED",
  access: Access,
  membersVersion: number,
  about: Omit<ParticipantEvent, "conversationId" | "timestamp">,
): void {
  const payload = { ...about, conversationId: access.id, timestamp: new Date().toISOString() };
  // Who was removed is not in the conversation's room any more, and is to know all the same.
  deps.deliver({
    event,
    payload,
    rooms: [conversationRoom(access.id), userRoom(about.userId)],
    membersVersion,
  });
}
