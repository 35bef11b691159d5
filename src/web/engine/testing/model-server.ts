/**
 * One conversation as the server keeps it, small enough to be obviously right: what tests hold the client against.
 * Each act answers with the events that the other devices are told.
 */
import type { Conversation, Participant } from "../../../protocol/conversation.ts";
import type { Message } from "../../../protocol/message.ts";
import type { ConversationDelta, Receipt } from "../../../protocol/sync.ts";
import { DELETED_CONTENT, noMetadata, withReaction } from "../state/change.ts";

export interface ModelEvent {
  readonly event: string;
  readonly payload: Record<string, unknown>;
}

export type ModelServer = ReturnType<typeof modelServer>;

export const CONVERSATION = "c0000000-0000-4000-8000-000000000000";

export function modelServer(self: string, others: readonly string[]) {
  let clock = 1_800_000_000_000;
  let version = 0;
  const rows: Message[] = [];
  let facts = { name: "A group" as string | null, description: null as string | null };
  let participants: Participant[] = [self, ...others].map((userId) => participantOf(userId, 0, now()));

  function now(): string {
    clock += 1000;
    return new Date(clock).toISOString();
  }

  function change(at: number, fields: Partial<Message>): Message {
    version += 1;
    const row = { ...(rows[at] as Message), ...fields, version };
    rows[at] = row;
    return row;
  }

  function pointer(userId: string, move: Partial<Pick<Participant, "readSeq" | "deliveredSeq">>): boolean {
    const before = participants.find((participant) => participant.userId === userId);
    if (!before) return false;
    const after = {
      ...before,
      readSeq: Math.max(before.readSeq, move.readSeq ?? 0),
      deliveredSeq: Math.max(before.deliveredSeq, move.deliveredSeq ?? 0, move.readSeq ?? 0),
    };
    participants = participants.map((participant) => (participant === before ? after : participant));
    return after.readSeq > before.readSeq || after.deliveredSeq > before.deliveredSeq;
  }

  const ids = { conversationId: CONVERSATION };
  const isMember = (userId: string) => participants.some((participant) => participant.userId === userId);
  const writer = (who: string) => (isMember(who) ? who : self);

  return {
    get version() {
      return version;
    },
    get seq() {
      return rows.length;
    },
    rows: rows as readonly Message[],

    send(who: string, content: string, root?: number): ModelEvent[] {
      version += 1;
      const seq = rows.length + 1;
      const tags = [...content.matchAll(/#(\w+)/g)].map((match) => match[1] as string);
      const threadId = root === undefined ? null : ((rows[root] as Message | undefined)?.id ?? null);
      const row: Message = {
        id: `m0000000-0000-4000-8000-${String(seq).padStart(12, "0")}`,
        ...ids,
        seq,
        version,
        senderId: writer(who),
        type: "TEXT",
        content,
        status: "SENT",
        replyToId: null,
        threadId,
        attachments: [],
        metadata: { ...noMetadata, hashtags: tags },
        reactions: [],
        isEdited: false,
        editedAt: null,
        deletedAt: null,
        isEncrypted: false,
        encryptionKeyId: null,
        clientTimestamp: null,
        timestamp: now(),
      };
      rows.push(row);
      const events: ModelEvent[] = [{ event: "NEW_MESSAGE", payload: { ...row } }];
      if (threadId === null || root === undefined) return events;
      const thread = {
        count: (rows[root]?.thread?.count ?? 0) + 1,
        lastSeq: seq,
        lastReplyAt: row.timestamp,
      };
      const updated = change(root, { thread });
      const payload = { id: updated.id, ...ids, version, thread, timestamp: row.timestamp };
      return [...events, { event: "MESSAGE_UPDATED", payload }];
    },

    edit(at: number, content: string): ModelEvent[] {
      if (!rows[at] || rows[at].deletedAt) return [];
      const editedAt = now();
      const { id } = change(at, { content, isEdited: true, editedAt, metadata: noMetadata });
      const payload = {
        id,
        ...ids,
        version,
        content,
        metadata: noMetadata,
        isEdited: true,
        editedAt,
        timestamp: editedAt,
      };
      return [{ event: "MESSAGE_EDITED", payload }];
    },

    remove(at: number): ModelEvent[] {
      if (!rows[at] || rows[at].deletedAt) return [];
      const deletedAt = now();
      const gone = {
        content: DELETED_CONTENT,
        status: "DELETED" as const,
        attachments: [],
        metadata: noMetadata,
      };
      const { id } = change(at, { ...gone, reactions: [], deletedAt });
      const payload = { id, ...ids, version, deletedAt, content: DELETED_CONTENT, timestamp: deletedAt };
      return [{ event: "MESSAGE_DELETED", payload }];
    },

    react(at: number, who: string, emoji: string, added: boolean): ModelEvent[] {
      const row = rows[at];
      if (!row || row.deletedAt) return [];
      const reactions = withReaction(row.reactions, { emoji, userId: writer(who), added });
      if (reactions === row.reactions) return [];
      change(at, { reactions });
      const count = reactions.find((reaction) => reaction.emoji === emoji)?.count ?? 0;
      const payload = { messageId: row.id, ...ids, version, userId: writer(who), emoji, count };
      return [{ event: added ? "REACTION_ADDED" : "REACTION_REMOVED", payload }];
    },

    read(who: string, seq: number): ModelEvent[] {
      const to = Math.min(seq, rows.length);
      if (to === 0 || !pointer(who, { readSeq: to })) return [];
      const at = now();
      const messageId = rows[to - 1]?.id;
      const payload = { messageId, ...ids, seq: to, userId: who, readAt: at, timestamp: at };
      return [{ event: "MESSAGE_READ_UPDATE", payload }];
    },

    deliver(who: string, seq: number): ModelEvent[] {
      const to = Math.min(seq, rows.length);
      if (!pointer(who, { deliveredSeq: to })) return [];
      const payload = { ...ids, userId: who, seq: to, deliveredAt: now() };
      return [{ event: "MESSAGE_DELIVERED_UPDATE", payload }];
    },

    rename(name: string): ModelEvent[] {
      facts = { ...facts, name };
      const payload = { ...ids, id: CONVERSATION, name, by: self, timestamp: now() };
      return [{ event: "CONVERSATION_UPDATED", payload }];
    },

    join(who: string): ModelEvent[] {
      if (isMember(who)) return [];
      const timestamp = now();
      participants = [...participants, participantOf(who, rows.length, timestamp)];
      const payload = { ...ids, userId: who, role: "MEMBER", by: self, timestamp };
      return [{ event: "PARTICIPANT_ADDED", payload }];
    },

    leave(who: string): ModelEvent[] {
      if (who === self || !isMember(who)) return [];
      participants = participants.filter(({ userId }) => userId !== who);
      const payload = { ...ids, userId: who, status: "LEFT", by: who, timestamp: now() };
      return [{ event: "PARTICIPANT_REMOVED", payload }];
    },

    conversation(): Conversation {
      const { readSeq = 0 } = participants.find(({ userId }) => userId === self) ?? {};
      return {
        id: CONVERSATION,
        type: "GROUP",
        status: "ACTIVE",
        ...facts,
        settings: {},
        rateLimit: null,
        seq: rows.length,
        version,
        messageCount: rows.length,
        lastMessage: rows.at(-1) ?? null,
        lastActivityAt: new Date(clock).toISOString(),
        unreadCount: rows.filter((row) => row.seq > readSeq && row.senderId !== self && !row.deletedAt)
          .length,
        notificationSettings: {},
        participants,
        memberCount: participants.length,
        createdAt: new Date(1_800_000_000_000).toISOString(),
      };
    },

    delta(since: number, limit: number): ConversationDelta {
      const changed = rows.filter((row) => row.version > since).sort((a, b) => a.version - b.version);
      const messages = changed.slice(0, limit);
      const limited = changed.length > limit;
      const reached = limited ? (messages.at(-1) as Message).version : version;
      const receipts: Receipt[] = participants.map(({ userId, deliveredSeq, readSeq }) => ({
        userId,
        deliveredSeq,
        readSeq,
        deliveredAt: null,
        readAt: null,
      }));
      return {
        id: CONVERSATION,
        version: reached,
        limited,
        ...(limited && { cursor: reached }),
        messages,
        receipts,
      };
    },

    page(before: number, limit: number): { messages: Message[]; start: boolean } {
      const older = rows.filter((row) => row.seq < before);
      return { messages: older.slice(-limit), start: older.length < limit };
    },
  };
}

function participantOf(userId: string, seq: number, joinedAt: string): Participant {
  return {
    userId,
    role: "MEMBER",
    status: "ACTIVE",
    permissions: {},
    deliveredSeq: seq,
    readSeq: seq,
    joinedAt,
  };
}
