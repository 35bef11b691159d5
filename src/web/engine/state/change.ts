/** Changes that take a version: what a live event or an acknowledgement says about one message. */
import type {
  Message,
  MessageDeleted,
  MessageEdited,
  MessageMetadata,
  MessageUpdated,
  ReactionChanged,
} from "../../../protocol/message.ts";

/** A change of a message that exists. */
export type Patch =
  | {
      readonly kind: "edited";
      readonly version: number;
      readonly messageId: string;
      readonly content: string;
      readonly editedAt: string;
      readonly metadata: MessageMetadata;
    }
  | {
      readonly kind: "deleted";
      readonly version: number;
      readonly messageId: string;
      readonly deletedAt: string;
    }
  | {
      readonly kind: "updated";
      readonly version: number;
      readonly messageId: string;
      readonly fields: Pick<MessageUpdated, "metadata" | "thread">;
    }
  | {
      readonly kind: "reaction";
      readonly version: number;
      readonly messageId: string;
      readonly userId: string;
      readonly emoji: string;
      readonly added: boolean;
    };

export type Change =
  | { readonly kind: "message"; readonly version: number; readonly message: Message }
  | Patch;

/** Where a change happened; without `change` only SYNC can tell what it was. */
export interface Noticed {
  readonly conversationId: string;
  readonly version: number;
  readonly change?: Change;
}

// Not imported from the protocol: that would bring zod into the browser. A test compares them.
export const DELETED_CONTENT = "This message has been deleted";
export const noMetadata: MessageMetadata = { mentions: [], hashtags: [], urls: [] };

/** Whether the server may find mentions, hashtags or links in a text: then only its row tells which. */
export function mayHaveMetadata(content: string): boolean {
  return /[@#]|:\/\//.test(content);
}

/** What an event says about a conversation's version; undefined if nothing. Unknown events with a version are noticed. */
export function noticedIn(event: string, payload: unknown): Noticed | undefined {
  const { conversationId, version } = (payload ?? {}) as { conversationId?: unknown; version?: unknown };
  if (typeof conversationId !== "string" || typeof version !== "number") return undefined;
  const change = changeOf(event, version, payload);
  return { conversationId, version, ...(change && { change }) };
}

function changeOf(event: string, version: number, payload: unknown): Change | undefined {
  switch (event) {
    case "NEW_MESSAGE":
      return { kind: "message", version, message: payload as Message };
    case "MESSAGE_EDITED":
      return edited(payload as MessageEdited);
    case "MESSAGE_DELETED": {
      const { id, deletedAt } = payload as MessageDeleted;
      return { kind: "deleted", version, messageId: id, deletedAt };
    }
    case "MESSAGE_UPDATED": {
      const { id, metadata, thread } = payload as MessageUpdated;
      const fields = { ...(metadata && { metadata }), ...(thread && { thread }) };
      return { kind: "updated", version, messageId: id, fields };
    }
    case "REACTION_ADDED":
    case "REACTION_REMOVED": {
      const { messageId, userId, emoji } = payload as ReactionChanged;
      return { kind: "reaction", version, messageId, userId, emoji, added: event === "REACTION_ADDED" };
    }
    default:
      return undefined;
  }
}

/** An edit as a change; undefined when its metadata is not told and may not be empty. */
export function edited(edit: MessageEdited): Change | undefined {
  const { id, version, content, editedAt } = edit;
  if (!edit.metadata && mayHaveMetadata(content)) return undefined;
  const metadata = edit.metadata ?? noMetadata;
  return { kind: "edited", version, messageId: id, content, editedAt, metadata };
}

/** The message after the change, which must be newer than it. */
export function patched(message: Message, patch: Patch): Message {
  const { version } = patch;
  switch (patch.kind) {
    case "edited": {
      const { content, editedAt, metadata } = patch;
      return { ...message, version, content, editedAt, metadata, isEdited: true };
    }
    case "updated":
      return { ...message, ...(patch.fields as Partial<Message>), version };
    case "deleted":
      return {
        ...message,
        version,
        content: DELETED_CONTENT,
        status: "DELETED",
        deletedAt: patch.deletedAt,
        attachments: [],
        metadata: noMetadata,
        reactions: [],
      };
    case "reaction":
      return { ...message, version, reactions: withReaction(message.reactions, patch) };
  }
}

/** In the server's order: a new emoji comes last, one that nobody gives any more goes. */
export function withReaction(
  reactions: Message["reactions"],
  { emoji, userId, added }: { emoji: string; userId: string; added: boolean },
): Message["reactions"] {
  const found = reactions.find((reaction) => reaction.emoji === emoji);
  if (!found) return added ? [...reactions, { emoji, count: 1, userIds: [userId] }] : reactions;
  if (found.userIds.includes(userId) === added) return reactions;
  const userIds = added ? [...found.userIds, userId] : found.userIds.filter((id) => id !== userId);
  if (userIds.length === 0) return reactions.filter((reaction) => reaction !== found);
  return reactions.map((reaction) =>
    reaction === found ? { emoji, count: userIds.length, userIds } : reaction,
  );
}
