import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DELETED_CONTENT as WIRE_DELETED } from "../../../protocol/message.ts";
import { CONVERSATION, type ModelEvent, type ModelServer, modelServer } from "../testing/model-server.ts";
import { isBehind } from "./advance.ts";
import { DELETED_CONTENT } from "./change.ts";
import { type ChatState, type ConversationState, initialState } from "./chat-state.ts";
import { reduce } from "./reduce.ts";
import { mergeSnapshot } from "./snapshot.ts";

const SELF = "me";
const people = fc.constantFrom(SELF, "ann", "bob", "cleo");
const place = fc.nat({ max: 12 });
const emoji = fc.constantFrom("👍", "❤️");

/** Something somebody does. Each is a function of the model, so that shrinking keeps it meaningful. */
const act: fc.Arbitrary<(server: ModelServer) => ModelEvent[]> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(people, fc.constantFrom("hello", "so #true")).map(
      ([who, text]) =>
        (s: ModelServer) =>
          s.send(who, text),
    ),
  },
  fc.tuple(people, place).map(
    ([who, root]) =>
      (s: ModelServer) =>
        s.send(who, "in the thread", root),
  ),
  fc.tuple(place, fc.constantFrom("better", "a #tag")).map(
    ([at, text]) =>
      (s: ModelServer) =>
        s.edit(at, text),
  ),
  place.map((at) => (s: ModelServer) => s.remove(at)),
  fc.tuple(place, people, emoji, fc.boolean()).map(
    ([at, who, e, add]) =>
      (s: ModelServer) =>
        s.react(at, who, e, add),
  ),
  {
    weight: 2,
    arbitrary: fc.tuple(people, fc.nat({ max: 20 })).map(
      ([who, seq]) =>
        (s: ModelServer) =>
          s.read(who, seq),
    ),
  },
  fc.tuple(people, fc.nat({ max: 20 })).map(
    ([who, seq]) =>
      (s: ModelServer) =>
        s.deliver(who, seq),
  ),
  fc.constantFrom("One", "Two").map((name) => (s: ModelServer) => s.rename(name)),
  fc.constantFrom("bob", "cleo", "dora").map((who) => (s: ModelServer) => s.join(who)),
  fc.constantFrom("bob", "cleo").map((who) => (s: ModelServer) => s.leave(who)),
);

/** What the network does to the events of an act, and what the client asks for meanwhile. */
const step = fc.record({
  act,
  fate: fc.constantFrom("now", "late", "twice", "lost"),
  flush: fc.nat({ max: 5 }),
  ask: fc.constantFrom("nothing", "nothing", "page", "sync", "late page", "list"),
});

const versionless = new Set(["CONVERSATION_UPDATED", "PARTICIPANT_ADDED", "PARTICIPANT_REMOVED"]);

function only(state: ChatState): ConversationState {
  return state.conversations[CONVERSATION] as ConversationState;
}

function begin(server: ModelServer): ChatState {
  const self = { id: SELF, name: "Me", email: null };
  const nothing = { conversations: [], people: [], outbox: [], drafts: {} };
  return listed(reduce(initialState, { type: "restored", self, ...nothing }), server);
}

function listed(state: ChatState, server: ModelServer): ChatState {
  return reduce(state, { type: "listed", conversations: [server.conversation()], complete: true });
}

function syncedOnce(state: ChatState, server: ModelServer): ChatState {
  const conversations = [server.delta(only(state).version, 3)];
  return reduce(state, { type: "synced", answer: { conversations, joined: [], left: [] } });
}

function caughtUp(state: ChatState, server: ModelServer): ChatState {
  let next = syncedOnce(state, server);
  for (let rounds = 0; only(next).version < server.version; rounds++) {
    if (rounds > 500) throw new Error("SYNC comes to no end");
    next = syncedOnce(next, server);
  }
  return next;
}

function paged(state: ChatState, page: ReturnType<ModelServer["page"]>): ChatState {
  return reduce(state, { type: "paged", conversationId: CONVERSATION, ...page });
}

/** What is the same however one came to know it. */
function view(conversation: ConversationState) {
  const {
    lastActivityAt,
    participants,
    stamps,
    waiting,
    unplaced,
    messages,
    ranges,
    firstSeq,
    known,
    last,
    ...facts
  } = conversation;
  const people = participants.map(({ user, ...rest }) => rest).sort((a, b) => (a.userId < b.userId ? -1 : 1));
  return { ...facts, people, last };
}

describe("a snapshot and the events since", () => {
  test("are a fresh snapshot, whatever is lost, late, repeated or paged in between", () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 15 }), fc.array(step, { maxLength: 40 }), (before, steps) => {
        const server = modelServer(SELF, ["ann", "bob"]);
        for (const happen of before) happen(server);
        let state = begin(server);
        const late: (() => void)[] = [];
        const take = ({ event, payload }: ModelEvent) => {
          state = reduce(state, { type: "event", event, payload });
        };
        for (const { act: happen, fate, flush, ask } of steps) {
          const edge = only(state).ranges.at(-1)?.[0] ?? 0;
          const page = server.page(edge, 4);
          for (const told of happen(server)) {
            // What takes no version is repaired by the list alone, which is asked for at every connect.
            if (fate === "lost" && !versionless.has(told.event)) continue;
            if (fate === "late") late.push(() => take(told));
            else take(told);
            if (fate === "twice") late.push(() => take(told));
          }
          if (ask === "page") state = paged(state, server.page(edge, 4));
          if (ask === "late page") state = paged(state, page);
          if (ask === "sync") state = syncedOnce(state, server);
          if (ask === "list") state = listed(state, server);
          const [due] = late.splice(flush, 1);
          due?.();
        }
        for (const rest of late.reverse()) rest();
        state = caughtUp(state, server);
        if (!only(state).unreadExact) state = listed(state, server);

        const conversation = only(state);
        expect(isBehind(conversation)).toBe(false);
        expect(conversation.waiting).toEqual([]);
        expect(view(conversation)).toEqual(view(mergeSnapshot(undefined, server.conversation(), SELF)));
        expect(conversation.messages).toEqual(conversation.messages.map(({ seq }) => server.rows[seq - 1]));
        expect(conversation.ranges.flatMap(([from, to]) => sequence(from, to))).toEqual(
          conversation.messages.map(({ seq }) => seq),
        );
      }),
      { numRuns: 1500 },
    );
  });

  test("leave nothing of a conversation that one is no longer in", () => {
    const server = modelServer(SELF, ["ann"]);
    server.send("ann", "hello");
    const payload = {
      conversationId: CONVERSATION,
      userId: SELF,
      timestamp: "2027-01-01T00:00:00.000Z",
      by: "ann",
    };
    const state = reduce(begin(server), { type: "event", event: "PARTICIPANT_REMOVED", payload });
    expect(state.conversations).toEqual({});
  });
});

function sequence(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

describe("what was stored and the events since", () => {
  test("are a fresh snapshot, though events come before the stored messages", () => {
    const server = modelServer(SELF, ["ann"]);
    for (const text of ["one", "two", "three"]) server.send("ann", text);
    const stored = only(paged(begin(server), server.page(4, 50)));
    const restored = reduce(initialState, {
      type: "restored",
      self: { id: SELF, name: "Me", email: null },
      conversations: [{ ...stored, messages: [], ranges: [], hydrated: false }],
      people: [],
      outbox: [],
      drafts: {},
    });
    let state = restored;
    for (const told of [...server.edit(1, "TWO"), ...server.send("ann", "four")])
      state = reduce(state, { type: "event", ...told });
    expect(only(state).version).toBe(3);
    state = reduce(state, { type: "hydrated", conversationId: CONVERSATION, stored });
    expect(only(state).messages).toEqual(server.rows);
    expect(only(state)).toMatchObject({ version: 5, seq: 4, unreadCount: 4 });
  });
});

test("a conversation that is too far behind begins anew with its last message", () => {
  const server = modelServer(SELF, ["ann"]);
  server.send("ann", "first");
  let state = begin(server);
  for (let n = 0; n < 500; n++) server.send("ann", `${n}`);
  state = listed(state, server);
  expect(only(state)).toMatchObject({ version: 501, seq: 501, unreadCount: 501, ranges: [[501, 501]] });
});

test("what a message that takes another's events does not touch stays the same object", () => {
  const server = modelServer(SELF, ["ann"]);
  const state = begin(server);
  const [told] = server.send("ann", "hello");
  const next = reduce(state, { type: "event", ...(told as ModelEvent) });
  expect(next.people).toBe(state.people);
  expect(next.outbox).toBe(state.outbox);
  expect(only(next).participants).toBe(only(state).participants);
});

test("deleted messages read as the protocol says", () => {
  expect(DELETED_CONTENT).toBe(WIRE_DELETED);
});
