/**
 * What a browser keeps of its user, in IndexedDB by Dexie. All tabs share it; the leading tab writes conversations
 * and messages, every tab its drafts and what it adds to the outbox.
 *
 * Invariant: a conversation's record and its rows in `messages` are written in one transaction and are as of the
 * record's `version`.
 */
import { Dexie, type EntityTable, type Table } from "dexie";
import type { Message } from "../../../protocol/message.ts";
import type { User } from "../../../protocol/user.ts";
import type { ConversationState, Draft, OutboxItem, Person } from "../state/chat-state.ts";

/** A conversation without its messages, which are rows of their own. */
export type ConversationRecord = Omit<
  ConversationState,
  "messages" | "hydrated" | "waiting" | "unplaced" | "known"
>;

export interface StoredSession {
  readonly user: User;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** When the access token ends, by this machine's clock, in ms since 1970. */
  readonly expiresAt: number;
}

interface MetaRow {
  readonly key: string;
  readonly value: unknown;
}

export type Database = Dexie & {
  readonly meta: EntityTable<MetaRow, "key">;
  readonly conversations: EntityTable<ConversationRecord, "id">;
  readonly messages: Table<Message, [string, number]>;
  readonly people: EntityTable<Person, "id">;
  readonly outbox: Table<OutboxItem, number>;
  readonly drafts: EntityTable<Draft & { key: string }, "key">;
};

/** @param profile keeps the users of one browser apart; the default is all that a browser needs. */
export function openDatabase(profile: string): Database {
  const database = new Dexie(`nexus-${profile}`) as Database;
  database.version(1).stores({
    meta: "key",
    conversations: "id",
    messages: "[conversationId+seq]",
    people: "id",
    outbox: "id",
    drafts: "key",
  });
  return database;
}
