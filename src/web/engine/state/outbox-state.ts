/** What the user has done and the server has not confirmed, laid over what it has. Pure. */
import type { Message, MessageEdited, MessageSent, ReactionChanged } from "../../../protocol/message.ts";
import { type Change, edited, mayHaveMetadata, noMetadata, withReaction } from "./change.ts";
import type { ChatState, ConversationState, MessageReference, OutboxItem } from "./chat-state.ts";

export function withItem(state: ChatState, item: OutboxItem): ChatState {
  const others = state.outbox.filter(({ id }) => id !== item.id);
  const at = others.findLastIndex(({ id }) => id < item.id) + 1;
  return { ...state, outbox: others.toSpliced(at, 0, item) };
}

export function changedItem(state: ChatState, item: OutboxItem): ChatState {
  // One whose message is here already is not shown again.
  return state.outbox.some(({ id }) => id === item.id) ? withItem(state, item) : state;
}

export function withoutItem(state: ChatState, id: number): ChatState {
  const outbox = state.outbox.filter((item) => item.id !== id);
  return outbox.length === state.outbox.length ? state : { ...state, outbox };
}

/** Drops what the conversation itself shows by now. */
export function settled(
  outbox: readonly OutboxItem[],
  conversation: ConversationState,
  before: ConversationState | undefined,
): readonly OutboxItem[] {
  if (outbox.length === 0) return outbox;
  const came = new Set<string>();
  if (before?.messages !== conversation.messages)
    for (const { tempId } of conversation.messages.slice(-MAX_LOOKED_AT)) if (tempId) came.add(tempId);
  const left = outbox.filter((item) => {
    if (item.conversationId !== conversation.id) return true;
    if (item.kind === "send" && came.has(item.tempId)) return false;
    return item.state !== "sent" || (item.sentAs?.version ?? 0) > conversation.version;
  });
  return left.length === outbox.length ? outbox : left;
}

/** An own message is among the newest, but for what others wrote while it was on its way. */
const MAX_LOOKED_AT = 500;

/**
 * The change that an acknowledgement makes; undefined when only the server's row tells all of it (mentions, links,
 * attachments), or when it was so before and the version is another change's.
 */
export function changeOfAnswer(item: OutboxItem, answer: unknown, self: string): Change | undefined {
  const { duplicate, version } = answer as { duplicate?: true; version: number };
  if (duplicate) return undefined;
  switch (item.kind) {
    case "send": {
      if (mayHaveMetadata(item.content) || item.attachmentIds?.length) return undefined;
      return {
        kind: "message",
        version,
        message: { ...messageOf(item, self), ...placeOf(answer as MessageSent) },
      };
    }
    case "edit":
      return edited(answer as MessageEdited);
    case "delete": {
      const { id, deletedAt } = answer as { id: string; deletedAt: string };
      return { kind: "deleted", version, messageId: id, deletedAt };
    }
    case "react": {
      const { messageId, userId, emoji } = answer as ReactionChanged;
      return { kind: "reaction", version, messageId, userId, emoji, added: item.add };
    }
    case "read":
      return undefined;
  }
}

function placeOf({ dbMessageId, seq, version, timestamp }: MessageSent) {
  return { id: dbMessageId, seq, version, timestamp };
}

/** A message as its sender sees it before the server has it: no number yet, and the tempId for its id. */
export function messageOf(item: OutboxItem & { kind: "send" }, self: string): Message {
  return {
    id: item.sentAs?.messageId ?? item.tempId,
    conversationId: item.conversationId,
    seq: item.sentAs?.seq ?? 0,
    version: item.sentAs?.version ?? 0,
    senderId: self,
    type: "TEXT",
    content: item.content,
    status: item.state === "failed" ? "FAILED" : "PENDING",
    replyToId: item.replyToId ?? null,
    threadId: item.threadId ?? null,
    attachments: [...(item.attachments ?? [])],
    metadata: noMetadata,
    reactions: [],
    isEdited: false,
    editedAt: null,
    deletedAt: null,
    isEncrypted: false,
    encryptionKeyId: null,
    clientTimestamp: item.clientTimestamp,
    timestamp: item.sentAs?.timestamp ?? item.clientTimestamp,
    tempId: item.tempId,
  };
}

export function isTarget(target: MessageReference, message: Message): boolean {
  return "messageId" in target ? target.messageId === message.id : target.tempId === message.tempId;
}

/** The message as it will be once the item is through. A refused change is not shown as if it were. */
export function overlaid(message: Message, item: OutboxItem, self: string): Message {
  if (item.state === "failed") return message;
  switch (item.kind) {
    case "edit":
      return { ...message, content: item.content, isEdited: true };
    case "delete":
      return {
        ...message,
        status: "DELETED",
        deletedAt: message.deletedAt ?? message.timestamp,
        content: "",
      };
    case "react": {
      const reactions = withReaction(message.reactions, { emoji: item.emoji, userId: self, added: item.add });
      return reactions === message.reactions ? message : { ...message, reactions };
    }
    default:
      return message;
  }
}
