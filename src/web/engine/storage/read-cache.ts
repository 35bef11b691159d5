/** From IndexedDB into the state. */
import { Dexie } from "dexie";
import type { ConversationState, OutboxItem } from "../state/chat-state.ts";
import type { Input, StoredConversation } from "../state/input.ts";
import { withSeq } from "../state/ranges.ts";
import type { ConversationRecord, Database } from "./database.ts";

/** All but the messages, which `readMessages` brings conversation by conversation. */
export async function readCache(
  database: Database,
): Promise<Omit<Input & { type: "restored" }, "self" | "type">> {
  const [conversations, people, outbox, drafts] = await Promise.all([
    database.conversations.toArray(),
    database.people.toArray(),
    readOutbox(database),
    database.drafts.toArray(),
  ]);
  return {
    conversations: conversations.map(fromRecord),
    people,
    outbox,
    drafts: Object.fromEntries(drafts.map(({ key, ...draft }) => [key, draft])),
  };
}

/** What was on its way when its tab ended waits again. */
export async function readOutbox(database: Database): Promise<OutboxItem[]> {
  const items = await database.outbox.toArray();
  return items.map((item) => (item.state === "failed" ? item : { ...item, state: "waiting" }));
}

/** A conversation's stored messages as of the stored version; null if nothing is stored. */
export async function readMessages(
  database: Database,
  conversationId: string,
): Promise<StoredConversation | null> {
  const { conversations, messages } = database;
  return database.transaction("r", conversations, messages, async () => {
    const [record, rows] = await Promise.all([
      conversations.get(conversationId),
      messages
        .where("[conversationId+seq]")
        .between([conversationId, Dexie.minKey], [conversationId, Dexie.maxKey])
        .toArray(),
    ]);
    if (!record) return null;
    const ranges = rows.reduce<ConversationState["ranges"]>((sum, { seq }) => withSeq(sum, seq), []);
    return { ...record, messages: rows, ranges };
  });
}

function fromRecord(record: ConversationRecord): ConversationState {
  return {
    ...record,
    messages: [],
    ranges: [],
    hydrated: false,
    known: record.version,
    waiting: [],
    unplaced: [],
  };
}
