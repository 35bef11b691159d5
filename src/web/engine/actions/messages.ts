import type { Rest } from "../api/rest.ts";
import type { Messages } from "../client.ts";
import type { createTyping } from "../feed/typing.ts";
import { randomId } from "../random-id.ts";
import type { ChatState } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { Queue } from "./queue.ts";

export interface MessageOptions {
  readonly state: () => ChatState;
  readonly dispatch: (input: Input) => void;
  readonly rest: Rest;
  readonly queue: Queue;
  readonly typing: ReturnType<typeof createTyping>;
}

export function createMessages({ state, dispatch, rest, queue, typing }: MessageOptions): Messages {
  return {
    send(conversationId, { content, replyToId, threadId, attachments = [] }) {
      const tempId = randomId();
      typing.sent(conversationId);
      queue.add(conversationId, {
        kind: "send",
        tempId,
        content,
        clientTimestamp: new Date().toISOString(),
        ...(replyToId && { replyToId }),
        ...(threadId && { threadId }),
        ...(attachments.length > 0 && {
          attachmentIds: attachments.map(({ id }) => id),
          attachments: [...attachments],
        }),
      });
      return tempId;
    },
    edit(conversationId, target, content) {
      queue.add(conversationId, { kind: "edit", target, content });
    },
    delete(conversationId, target) {
      queue.add(conversationId, { kind: "delete", target });
    },
    react(conversationId, target, emoji, add) {
      queue.add(conversationId, { kind: "react", target, emoji, add });
    },
    retry: queue.retry,
    discard: queue.discard,

    versions: (messageId, { signal } = {}) => rest.versions(messageId, { signal }),
    async forward(messageId, conversationIds) {
      const made = await rest.forward(messageId, conversationIds);
      // This tab's own socket may not be told of what was done over REST; the versions say what to look for.
      const versions = Object.fromEntries(made.map((message) => [message.conversationId, message.version]));
      dispatch({ type: "versions", versions });
    },
    async loadThread(conversationId, rootId, { signal } = {}) {
      const held =
        state().conversations[conversationId]?.messages.filter(({ threadId }) => threadId === rootId) ?? [];
      // What is held may have holes: from the beginning, unless all that there is has come.
      const root = state().conversations[conversationId]?.messages.find(({ id }) => id === rootId);
      if (root?.thread && held.length >= root.thread.count) return false;
      const { data, next } = await rest.thread(rootId, 0, { signal });
      dispatch({ type: "paged", conversationId, messages: data, start: false });
      let more = next !== null;
      let last = data.at(-1)?.seq ?? 0;
      for (let pages = 1; more && pages < MAX_THREAD_PAGES; pages++) {
        const page = await rest.thread(rootId, last, { signal });
        dispatch({ type: "paged", conversationId, messages: page.data, start: false });
        more = page.next !== null;
        last = page.data.at(-1)?.seq ?? last;
      }
      return more;
    },
    find(conversationId, messageId) {
      const conversation = state().conversations[conversationId];
      return conversation?.messages.find(({ id }) => id === messageId) ?? null;
    },
  };
}

/** Longer threads than 1,000 replies show their beginning. */
const MAX_THREAD_PAGES = 10;
