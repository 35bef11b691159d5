import type { Rest } from "../api/rest.ts";
import type { Conversations } from "../client.ts";
import type { CatchUp } from "../feed/catch-up.ts";
import type { History } from "../feed/history.ts";
import type { createTyping } from "../feed/typing.ts";
import type { ChatState } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { Database } from "../storage/database.ts";
import type { Queue } from "./queue.ts";

export interface ConversationOptions {
  readonly state: () => ChatState;
  /** Tells all tabs, this one included. */
  readonly share: (input: Input) => void;
  readonly rest: Rest;
  readonly history: History;
  readonly catchUp: CatchUp;
  readonly typing: ReturnType<typeof createTyping>;
  readonly queue: Queue;
  readonly database: Database;
}

export function createConversations({
  state,
  share,
  rest,
  history,
  catchUp,
  typing,
  queue,
  database,
}: ConversationOptions): Conversations {
  return {
    open: history.open,
    leaveView: history.leaveView,
    loadOlder: history.loadOlder,
    loadNewer: history.loadNewer,
    jumpTo: history.jumpTo,
    jumpToEnd: history.jumpToEnd,
    typing: typing.typing,
    refresh: catchUp.refresh,

    markRead(conversationId, seq = Number.POSITIVE_INFINITY) {
      const conversation = state().conversations[conversationId];
      if (!conversation) return;
      const to = Math.min(seq, conversation.seq);
      if (to <= conversation.readSeq) return;
      share({ type: "readHere", conversationId, seq: to });
      queue.add(conversationId, { kind: "read", seq: to });
    },

    setDraft(key, { text, replyToId = null }) {
      const draft = text.length > 0 || replyToId ? { text, replyToId, updatedAt: Date.now() } : null;
      share({ type: "draft", key, draft });
      const stored: Promise<unknown> = draft
        ? database.drafts.put({ key, ...draft })
        : database.drafts.delete(key);
      stored.catch(() => {});
    },

    async startDirect(userId) {
      const conversation = await rest.createConversation({ type: "DIRECT", participantIds: [userId] });
      share({ type: "listed", conversations: [conversation], complete: false });
      return conversation.id;
    },
    async createGroup({ name, description, participantIds }) {
      const body = { type: "GROUP" as const, name, participantIds, ...(description && { description }) };
      const conversation = await rest.createConversation(body);
      share({ type: "listed", conversations: [conversation], complete: false });
      return conversation.id;
    },
    async update(id, patch) {
      share({ type: "listed", conversations: [await rest.updateConversation(id, patch)], complete: false });
    },
    async remove(id) {
      await rest.removeConversation(id);
      share({ type: "left", conversationId: id });
    },
    async addParticipants(id, userIds) {
      await rest.addParticipants(id, userIds);
      await catchUp.refresh(id);
    },
    async updateParticipant(id, userId, patch) {
      await rest.updateParticipant(id, userId, patch);
      await catchUp.refresh(id);
    },
    async removeParticipant(id, userId) {
      await rest.removeParticipant(id, userId);
      if (userId === state().self?.id) share({ type: "left", conversationId: id });
      else await catchUp.refresh(id);
    },
  };
}
