import type { Actor, Deliver } from "../bus/delivery.ts";
import { ChatError } from "../protocol/errors.ts";
import {
  DELETED_CONTENT,
  type MessageDeleted,
  type MessageEdited,
  type ReactionChanged,
} from "../protocol/message.ts";
import {
  changeReaction,
  deleteMessage as removeMessage,
  editMessage as replaceContent,
} from "../store/change-message.ts";
import type { Sql } from "../store/client.ts";
import { findAccess } from "../store/conversations.ts";
import { noMetadata } from "../store/message-rows.ts";
import { findMessage } from "../store/messages.ts";
import { patiently } from "../store/patience.ts";
import { toOthers } from "./audience.ts";
import { checkContent } from "./content.ts";
import { extractMetadata } from "./metadata.ts";

/** Different emojis on one message. */
const MAX_REACTION_KINDS = 50;

export interface ChangeDependencies {
  sql: Sql;
  deliver: Deliver;
  maxLength: number;
  /** Whether links are looked at, for previews. */
  previews?: boolean;
}

/** Replaces the content of the actor's own message; the earlier content is kept. */
export async function editMessage(
  deps: ChangeDependencies,
  actor: Actor,
  input: { messageId: string; content: string },
): Promise<MessageEdited> {
  checkContent(input.content, deps.maxLength);
  const metadata = extractMetadata(input.content);
  const lookAtLinks = deps.previews === true && metadata !== null && metadata.urls.length > 0;
  const edit = { ...input, userId: actor.userId, metadata, lookAtLinks };
  const change =
    (await patiently(() => replaceContent(deps.sql, edit))) ??
    (await whyRefused(deps.sql, actor, input.messageId, "edit"));
  const at = change.at.toISOString();
  const edited: MessageEdited = {
    id: input.messageId,
    conversationId: change.conversationId,
    version: change.version,
    content: input.content,
    metadata: change.metadata ?? noMetadata,
    isEdited: true,
    editedAt: at,
    timestamp: at,
  };
  if (change.changed) deps.deliver(toOthers(actor, change, "MESSAGE_EDITED", edited));
  return change.changed ? edited : { ...edited, duplicate: true };
}

/** Deletes a message for everybody; it leaves its place, its audit row and nothing of what it said. */
export async function deleteMessage(
  deps: ChangeDependencies,
  actor: Actor,
  input: { messageId: string },
): Promise<MessageDeleted> {
  const change =
    (await patiently(() => removeMessage(deps.sql, { ...input, userId: actor.userId }))) ??
    (await whyRefused(deps.sql, actor, input.messageId, "delete"));
  const at = change.at.toISOString();
  const deleted: MessageDeleted = {
    id: input.messageId,
    conversationId: change.conversationId,
    version: change.version,
    deletedAt: at,
    content: DELETED_CONTENT,
    timestamp: at,
  };
  if (change.changed) deps.deliver(toOthers(actor, change, "MESSAGE_DELETED", deleted));
  return change.changed ? deleted : { ...deleted, duplicate: true };
}

/** Adds a reaction of the actor's, or takes it back; what is already so is answered and told to nobody. */
export async function react(
  deps: ChangeDependencies,
  actor: Actor,
  input: { messageId: string; emoji: string },
  add: boolean,
): Promise<ReactionChanged> {
  const wanted = { ...input, userId: actor.userId, add, maxKinds: MAX_REACTION_KINDS };
  const change =
    (await patiently(() => changeReaction(deps.sql, wanted))) ??
    (await whyRefused(deps.sql, actor, input.messageId, "react to"));
  if (add && !change.changed && change.count === 0)
    throw new ChatError(
      "VALIDATION_FAILED",
      `a message takes at most ${MAX_REACTION_KINDS} different emojis`,
      { field: "emoji" },
    );
  const changed: ReactionChanged = {
    messageId: input.messageId,
    conversationId: change.conversationId,
    version: change.version,
    userId: actor.userId,
    emoji: input.emoji,
    count: change.count,
  };
  if (change.changed)
    deps.deliver(toOthers(actor, change, add ? "REACTION_ADDED" : "REACTION_REMOVED", changed));
  return change.changed ? changed : { ...changed, duplicate: true };
}

/** A change touched nothing: finds out why, in the order in which a person may be told. */
async function whyRefused(sql: Sql, actor: Actor, messageId: string, verb: string): Promise<never> {
  const message = await findMessage(sql, messageId, actor.userId);
  if (!message) throw new ChatError("NOT_FOUND", "There is no such message", { field: "messageId" });
  if (message.deletedAt) throw new ChatError("CONFLICT", `You cannot ${verb} a deleted message`);
  const access = await findAccess(sql, message.conversationId, actor.userId);
  if (access?.status === "ARCHIVED") throw new ChatError("FORBIDDEN", "This conversation is archived");
  if (verb !== "react to" && message.senderId !== actor.userId)
    throw new ChatError("FORBIDDEN", `Only its sender may ${verb} this message`);
  throw new ChatError("FORBIDDEN", `You may not ${verb} this message`);
}
