import { expect, test } from "vitest";
import { CONVERSATION, type ModelEvent, modelServer } from "../testing/model-server.ts";
import { type ChatState, initialState, type OutboxAction, type OutboxItem } from "./chat-state.ts";
import { reduce } from "./reduce.ts";
import { selectOrder, selectStatusIcon, selectTimeline } from "./selectors.ts";

const SELF = "me";

function scene(count: number) {
  const server = modelServer(SELF, ["ann"]);
  for (let n = 1; n <= count; n++) server.send(n % 2 ? "ann" : SELF, `${n}`);
  const self = { id: SELF, name: "Me", email: null };
  let state: ChatState = initialState;
  const take = (input: Parameters<typeof reduce>[1]) => {
    state = reduce(state, input);
  };
  take({ type: "restored", self, conversations: [], people: [], outbox: [], drafts: {} });
  take({ type: "listed", conversations: [server.conversation()], complete: true });
  take({ type: "view", conversationId: CONVERSATION, view: {} });
  take({ type: "paged", conversationId: CONVERSATION, ...server.page(count + 1, count) });
  let id = 0;
  const queue = (action: OutboxAction): OutboxItem => {
    id += 1;
    const item: OutboxItem = {
      ...action,
      id,
      conversationId: CONVERSATION,
      state: "waiting",
      attempts: 0,
      error: null,
    };
    take({ type: "queued", item });
    return item;
  };
  return {
    server,
    take,
    queue,
    get state() {
      return state;
    },
    entries: () => selectTimeline(state, CONVERSATION).entries,
  };
}

function send(content: string): OutboxAction & { kind: "send" } {
  return { kind: "send", tempId: `temp ${content}`, content, clientTimestamp: "2027-01-01T00:00:00.000Z" };
}

test("a new message leaves every other entry the object it was", () => {
  const { server, take, entries } = scene(100);
  const before = entries();
  for (const told of server.send("ann", "new")) take({ type: "event", ...told });
  const after = entries();
  expect(after).toHaveLength(101);
  expect(after.slice(0, 100).every((entry, at) => entry === before[at])).toBe(true);
});

test("what another conversation is told changes nothing of the timeline", () => {
  const world = scene(10);
  const before = selectTimeline(world.state, CONVERSATION);
  world.take({
    type: "listed",
    conversations: [{ ...world.server.conversation(), id: "other" }],
    complete: true,
  });
  expect(selectTimeline(world.state, CONVERSATION)).toBe(before);
});

test("an unsent message is last, keeps its key through the acknowledgement, and its icon goes on from the clock", () => {
  const world = scene(3);
  const item = world.queue(send("mine"));
  const icon = () => selectStatusIcon(world.state, world.entries().at(-1) as never);
  expect(world.entries().map(({ message }) => message.content)).toEqual(["1", "2", "3", "mine"]);
  expect(icon()).toBe("clock");
  const key = world.entries().at(-1)?.key;
  const [told] = world.server.send(SELF, "mine");
  const { id: dbMessageId, seq, version, timestamp } = (told as ModelEvent).payload as never;
  const sentAs = { messageId: dbMessageId, seq, version, timestamp };
  world.take({
    type: "acknowledged",
    item: { ...item, state: "sent", sentAs },
    answer: { messageId: "temp mine", dbMessageId, conversationId: CONVERSATION, seq, version, timestamp },
  });
  expect(world.entries()).toHaveLength(4);
  expect(world.entries().at(-1)).toMatchObject({ key, send: null, message: { seq: 4 } });
  expect(world.state.outbox).toEqual([]);
  expect(icon()).toBe("sent");
});

test("an acknowledged message that comes after one that is still missing is shown as sent meanwhile", () => {
  const world = scene(2);
  const item = world.queue(send("mine"));
  const missed = world.server.send("ann", "missed");
  world.server.send(SELF, "mine");
  const sentAs = { messageId: "m", seq: 4, version: 4, timestamp: "2027-01-01T00:00:00.000Z" };
  const answer = { dbMessageId: "m", conversationId: CONVERSATION, ...sentAs };
  world.take({ type: "acknowledged", item: { ...item, state: "sent", sentAs }, answer });
  expect(world.entries().map(({ message }) => message.content)).toEqual(["1", "2", "mine"]);
  expect(selectStatusIcon(world.state, world.entries().at(-1) as never)).toBe("sent");
  for (const told of missed) world.take({ type: "event", ...told });
  expect(world.entries().map(({ message }) => message.content)).toEqual(["1", "2", "missed", "mine"]);
  expect(world.state.outbox).toEqual([]);
});

test("edits, reactions and deletions show before they are confirmed, and a refused one does not", () => {
  const world = scene(2);
  const messageId = world.server.rows[1]?.id as string;
  world.queue({ kind: "edit", target: { messageId }, content: "better" });
  world.queue({ kind: "react", target: { messageId }, emoji: "👍", add: true });
  expect(world.entries()[1]?.message).toMatchObject({
    content: "better",
    isEdited: true,
    reactions: [{ emoji: "👍", count: 1, userIds: [SELF] }],
  });
  const item = world.queue({ kind: "delete", target: { messageId } });
  expect(world.entries()[1]?.message.status).toBe("DELETED");
  const error = { code: "FORBIDDEN", message: "no" } as const;
  world.take({ type: "itemChanged", item: { ...item, state: "failed", error } });
  expect(world.entries()[1]).toMatchObject({ message: { content: "better" }, change: { state: "failed" } });
});

test("a window in the middle of history shows what is held around its anchor, and nothing unsent", () => {
  const world = scene(0);
  for (let n = 1; n <= 300; n++) world.server.send("ann", `${n}`);
  const fresh = scene(0);
  fresh.take({ type: "left", conversationId: CONVERSATION });
  fresh.take({ type: "listed", conversations: [world.server.conversation()], complete: true });
  fresh.take({
    type: "paged",
    conversationId: CONVERSATION,
    messages: world.server.rows.slice(100, 150),
    start: false,
  });
  fresh.take({ type: "view", conversationId: CONVERSATION, view: { anchor: 120 } });
  fresh.queue(send("mine"));
  const timeline = selectTimeline(fresh.state, CONVERSATION);
  expect(timeline).toMatchObject({ atStart: false, atEnd: false });
  expect(timeline.entries.map(({ message }) => message.seq)).toEqual(
    Array.from({ length: 50 }, (_, n) => n + 101),
  );
});

test("the list is in the order of the newest messages, and the same array while that order stays", () => {
  const world = scene(3);
  const other = modelServer(SELF, ["bob"]);
  other.send("bob", "old");
  world.take({ type: "listed", conversations: [{ ...other.conversation(), id: "other" }], complete: true });
  const before = selectOrder(world.state);
  expect(before).toEqual([CONVERSATION, "other"]);
  for (const told of world.server.send("ann", "new")) world.take({ type: "event", ...told });
  expect(selectOrder(world.state)).toBe(before);
});
