import type { Actor, Deliver } from "../bus/delivery.ts";
import type { Conversation, ConversationPatch, NewConversation } from "../protocol/conversation.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Sql } from "../store/client.ts";
import {
  type Access,
  findAccess,
  insertConversation,
  updateConversation,
  updateNotificationSettings,
} from "../store/conversations.ts";
import { readParticipants } from "../store/participants.ts";
import { toOthers } from "./audience.ts";
import type { Directs } from "./directs.ts";
import { newMessageId } from "./message-id.ts";
import { mayChangeConversation, mayDeleteConversation } from "./policy.ts";
import { readConversation } from "./read-conversations.ts";

/** A change of members, told to every gateway before it is acknowledged. */
export type TellMembership = (change: {
  conversationId: string;
  membersVersion: number;
  added: string[];
  removed: string[];
}) => Promise<void>;

export interface ConversationDependencies {
  sql: Sql;
  deliver: Deliver;
  directs: Directs;
  tellMembership: TellMembership;
}

/** Makes a conversation; a DIRECT one that exists already is answered as it is. */
export async function createConversation(
  deps: ConversationDependencies,
  actor: Actor,
  input: NewConversation,
): Promise<Conversation> {
  if (input.type === "DIRECT") {
    const id = await deps.directs.ensure(actor.userId, input.participantIds[0] as string);
    return readConversation(deps, actor.userId, id);
  }
  const id = newMessageId();
  const { missing } = await insertConversation(deps.sql, {
    id,
    type: input.type,
    name: input.name ?? null,
    description: input.description ?? null,
    settings: input.settings ?? {},
    ownerId: actor.userId,
    memberIds: input.participantIds,
  });
  if (missing.length > 0) throw unknownUsers(missing);
  const members = [...new Set([actor.userId, ...input.participantIds])];
  await deps.tellMembership({ conversationId: id, membersVersion: 1, added: members, removed: [] });
  const timestamp = new Date().toISOString();
  for (const userId of members) {
    const payload = {
      conversationId: id,
      userId,
      role: userId === actor.userId ? "OWNER" : "MEMBER",
      by: actor.userId,
      timestamp,
    };
    // Each hears of their own membership; who else is in it, they read with the conversation.
    deps.deliver({ event: "PARTICIPANT_ADDED", payload, rooms: [`user:${userId}`] });
  }
  return readConversation(deps, actor.userId, id);
}

/** Changes a conversation, or the actor's own notification settings in it. */
export async function patchConversation(
  deps: ConversationDependencies,
  actor: Actor,
  id: string,
  { notificationSettings, ...patch }: ConversationPatch,
): Promise<Conversation> {
  const access = await accessTo(deps.sql, id, actor.userId);
  if (Object.keys(patch).length > 0) {
    if (!mayChangeConversation(access))
      throw new ChatError("FORBIDDEN", "Only its admins may change this conversation");
    await updateConversation(deps.sql, id, actor.userId, patch);
    await announceUpdate(deps, actor, access, patch);
  }
  if (notificationSettings)
    await updateNotificationSettings(deps.sql, id, actor.userId, notificationSettings);
  return readConversation(deps, actor.userId, id);
}

/** Deletes a conversation for everybody: nobody sees it any more; its rows stay for the audit. */
export async function deleteConversation(
  deps: ConversationDependencies,
  actor: Actor,
  id: string,
): Promise<void> {
  const access = await accessTo(deps.sql, id, actor.userId);
  if (!mayDeleteConversation(access))
    throw new ChatError("FORBIDDEN", "Only its owner may delete this conversation");
  const members = await readParticipants(deps.sql, [id], Number.MAX_SAFE_INTEGER);
  const { membersVersion } = await updateConversation(deps.sql, id, actor.userId, { status: "DELETED" });
  await announceUpdate(deps, actor, access, { status: "DELETED" });
  const removed = (members.get(id) ?? []).map(({ userId }) => userId);
  await deps.tellMembership({
    conversationId: id,
    membersVersion,
    added: [],
    removed,
  });
}

/** @throws ChatError NOT_FOUND when the user may not see the conversation. */
export async function accessTo(sql: Sql, id: string, userId: string): Promise<Access> {
  const access = await findAccess(sql, id, userId);
  if (!access) throw new ChatError("NOT_FOUND", "There is no such conversation");
  return access;
}

export function unknownUsers(ids: readonly string[]): ChatError {
  return new ChatError("NOT_FOUND", `There is no such user: ${ids.slice(0, 5).join(", ")}`, {
    field: "participantIds",
  });
}

async function announceUpdate(
  deps: ConversationDependencies,
  actor: Actor,
  access: Access,
  patch: object,
): Promise<void> {
  const payload = {
    ...patch,
    id: access.id,
    conversationId: access.id,
    by: actor.userId,
    timestamp: new Date().toISOString(),
  };
  deps.deliver(toOthers(actor, { ...access, conversationId: access.id }, "CONVERSATION_UPDATED", payload));
}
