// A history that a correct server leaves behind, made by hand: what the checker's test plants its violations into.
import { DELETED_CONTENT } from "../client/wire.ts";
import { type History, marked, type Received, type SendRecord, type View, type ViewRow } from "./record.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
export type MutableHistory = Mutable<History>;

const MEMBERS = ["alice", "bob", "carol"];

/**
 * Four messages of alice and bob in group `g` (the second edited, the third deleted, the fourth with a reaction), an
 * unacknowledged send that did not happen, a direct conversation `d` of alice and bob, and carol's removal from `g`
 * before a last message of alice.
 */
export function honestHistory(): MutableHistory {
  const sends = [
    send("t1", "alice", 1, 1, 10),
    send("t2", "bob", 2, 2, 20),
    send("t3", "alice", 3, 3, 30),
    send("t4", "bob", 4, 4, 40),
    send("t5", "alice", 5, 8, 90),
    { ...send("t6", "bob", 0, 0, 95), result: { end: "unknown" } } satisfies SendRecord,
    { ...send("t7", "alice", 1, 1, 50, "d"), conversation: "d" },
  ];
  const rows: ViewRow[] = [
    row("t1", "alice", 1, 1),
    { ...row("t2", "bob", 2, 5), content: `${marked("e1")} better`, edited: true },
    { ...row("t3", "alice", 3, 6), content: DELETED_CONTENT, deleted: true },
    { ...row("t4", "bob", 4, 7), reactions: ["👍 alice"] },
    row("t5", "alice", 5, 8),
  ];
  const direct = [row("t7", "alice", 1, 1)];
  const done = (version: number) => ({ end: "ok", maybe: 0, version }) as const;
  const timed = (begunAt: number) => ({ begunAt, endedAt: begunAt + 5, conversation: "g" });
  return {
    conversations: [
      { key: "g", members: MEMBERS, ids: new Set(["conversation-g"]) },
      { key: "d", members: ["alice", "bob"], ids: new Set(["conversation-d"]) },
    ],
    sends,
    edits: [
      {
        ...timed(60),
        userId: "bob",
        token: "e1",
        messageId: "m-t2",
        content: `${marked("e1")} better`,
        result: done(5),
      },
    ],
    deletes: [{ ...timed(65), userId: "alice", messageId: "m-t3", result: done(6) }],
    reactions: [
      { ...timed(70), userId: "alice", messageId: "m-t4", emoji: "👍", present: true, result: done(7) },
    ],
    reads: [{ ...timed(75), userId: "bob", seq: 4, result: { end: "ok", maybe: 0 } }],
    removals: [{ ...timed(80), userId: "alice", removed: "carol", result: { end: "ok", maybe: 0 } }],
    received: [
      ...["bob", "carol"].map((userId) => live(userId, "t1", "alice", 1, 1, 12)),
      ...["alice", "carol"].map((userId) => live(userId, "t2", "bob", 2, 2, 22)),
      live("bob", "t5", "alice", 5, 8, 92),
      live("bob", "t7", "alice", 1, 1, 52, "d"),
      sync("bob", 8, 98),
    ],
    views: ["alice", "bob"].flatMap((userId) => [
      view(userId, "live", "g", rows, 8),
      view(userId, "history", "g", rows),
      view(userId, "fresh", "d", direct, 1),
    ]),
  };
}

function send(
  token: string,
  userId: string,
  seq: number,
  version: number,
  begunAt: number,
  conversation = "g",
): SendRecord {
  return {
    token,
    userId,
    conversation,
    tempId: token,
    content: `${marked(token)} hello`,
    begunAt,
    endedAt: begunAt + 5,
    result: {
      end: "ok",
      maybe: 0,
      id: `m-${token}`,
      conversationId: `conversation-${conversation}`,
      seq,
      version,
      duplicate: false,
    },
  };
}

function row(token: string, senderId: string, seq: number, version: number): ViewRow {
  const content = `${marked(token)} hello`;
  return { id: `m-${token}`, seq, version, senderId, content, deleted: false, edited: false, reactions: [] };
}

/** A live NEW_MESSAGE as the checker records it. */
export function live(
  userId: string,
  token: string,
  senderId: string,
  seq: number,
  version: number,
  at: number,
  conversation = "g",
): Received {
  const payload = { ...row(token, senderId, seq, version), conversationId: `conversation-${conversation}` };
  return { userId, device: `${userId}'s phone`, event: "NEW_MESSAGE", payload, at };
}

function sync(userId: string, version: number, at: number): Received {
  const conversations = [{ id: "conversation-g", version, limited: false, messages: [], receipts: [] }];
  return {
    userId,
    device: `${userId}'s phone`,
    event: "SYNC",
    payload: { conversations, joined: [], left: [] },
    at,
  };
}

function view(userId: string, source: string, conversation: string, rows: ViewRow[], version?: number): View {
  const read = new Map([["bob", 4]]);
  return {
    userId,
    source,
    conversation,
    rows: [...rows],
    read,
    ...(version === undefined ? {} : { version }),
  };
}
