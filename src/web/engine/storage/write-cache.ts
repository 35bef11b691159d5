/** From the state into IndexedDB: the list, and the newest messages of each conversation. */
import { Dexie } from "dexie";
import type { Message } from "../../../protocol/message.ts";
import type { ChatState, ConversationState, Person } from "../state/chat-state.ts";
import type { ConversationRecord, Database } from "./database.ts";
import { readSession } from "./stored-session.ts";

/** Messages that are kept of each conversation. */
export const STORED_MESSAGES = 50;

/** Conversations that are written in one transaction, so that none blocks a tab's reading for long. */
const BATCH = 20;

export type CacheWriter = ReturnType<typeof createCacheWriter>;

/**
 * Writes what changed since the last time it wrote, as long as this user is the one who is signed in. Its owner calls
 * `write` now and then; calls do not overlap.
 */
export function createCacheWriter(database: Database, userId: string) {
  const written = new Map<string, ConversationState>();
  let people: ChatState["people"] = {};

  async function writeConversations(changed: readonly ConversationState[]): Promise<void> {
    const { meta, conversations, messages } = database;
    await database.transaction("rw", meta, conversations, messages, async () => {
      // Another tab may have signed somebody else in a moment ago.
      if ((await readSession(database))?.user.id !== userId) return;
      const stored = await conversations.bulkGet(changed.map(({ id }) => id));
      // Another tab that led before may have come further: what it wrote stays.
      const newer = changed.filter((conversation, at) => (stored[at]?.version ?? 0) <= conversation.version);
      await conversations.bulkPut(newer.map(toRecord));
      for (const conversation of newer) {
        const rows = tailOf(conversation);
        const from = rows[0]?.seq ?? conversation.seq + 1;
        const before = new Set<Message>(tailOf(written.get(conversation.id)));
        const { id } = conversation;
        await messages
          .where("[conversationId+seq]")
          .between([id, Dexie.minKey], [id, from], true, false)
          .delete();
        await messages.bulkPut(rows.filter((row) => !before.has(row)));
      }
    });
    for (const conversation of changed) written.set(conversation.id, conversation);
  }

  return {
    /** Takes this as what is stored, so that it is not written again. */
    assume(state: ChatState): void {
      for (const conversation of Object.values(state.conversations))
        written.set(conversation.id, conversation);
      people = state.people;
    },

    async write(state: ChatState): Promise<void> {
      const gone = [...written.keys()].filter((id) => !state.conversations[id]);
      // What is not hydrated knows less than what is stored.
      const changed = Object.values(state.conversations).filter(
        (conversation) => conversation.hydrated && written.get(conversation.id) !== conversation,
      );
      for (let at = 0; at < changed.length; at += BATCH)
        await writeConversations(changed.slice(at, at + BATCH));
      for (const id of gone) {
        await forgetConversation(database, id);
        written.delete(id);
      }
      const met = Object.values(state.people).filter((person: Person) => people[person.id] !== person);
      if (met.length > 0 && (await readSession(database))?.user.id === userId)
        await database.people.bulkPut(met);
      people = state.people;
    },
  };
}

async function forgetConversation(database: Database, id: string): Promise<void> {
  const { conversations, messages, drafts } = database;
  await database.transaction("rw", conversations, messages, drafts, async () => {
    await conversations.delete(id);
    await drafts.delete(id);
    await messages.where("[conversationId+seq]").between([id, Dexie.minKey], [id, Dexie.maxKey]).delete();
  });
}

/** The newest messages without a gap. */
function tailOf(conversation: ConversationState | undefined): readonly Message[] {
  const last = conversation?.ranges.at(-1);
  if (!conversation || !last) return [];
  const from = Math.max(last[0], last[1] - STORED_MESSAGES + 1);
  return conversation.messages.slice(-STORED_MESSAGES).filter(({ seq }) => seq >= from);
}

function toRecord(conversation: ConversationState): ConversationRecord {
  const { messages: _, hydrated: __, waiting: ___, unplaced: ____, known: _____, ...record } = conversation;
  return { ...record, ranges: [] };
}
