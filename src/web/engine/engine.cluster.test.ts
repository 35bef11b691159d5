import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import { stage } from "../../testing/contract/stage.ts";
import type { ChatClient } from "./client.ts";
import { createClient } from "./create-client.ts";
import { selectStatusIcon, selectTimeline, selectTitle } from "./state/selectors.ts";
import { openDatabase } from "./storage/database.ts";
import { contents, isConnected, openTab, shows } from "./testing/browser.ts";
import { until } from "./testing/until.ts";

const scene = stage();

const tab = ({ email, password }: Account, gateway = 0, profile?: string) =>
  openTab({ email, password }, scene.gateway(gateway).url, profile);

async function pair() {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const [a, b] = [await tab(ann, 0), await tab(bob, 1)];
  await Promise.all([until(a, isConnected), until(b, isConnected)]);
  const id = await a.conversations.startDirect(bob.id);
  // The other is told of it with the first message.
  expect(await b.conversations.startDirect(ann.id)).toBe(id);
  await Promise.all([a.conversations.open(id), b.conversations.open(id)]);
  return { ann, bob, a, b, id };
}

test("two people on two gateways see messages, edits, reactions, deletions, typing, presence and receipts", async () => {
  const { ann, bob, a, b, id } = await pair();
  expect(selectTitle(a.store.getState(), id)).toBe("Bob");
  const key = a.messages.send(id, { content: "hello" });
  expect(contents(a, id)).toEqual(["hello"]);
  await shows(b, id, "hello");
  expect(b.store.getState().conversations[id]).toMatchObject({ unreadCount: 1 });
  const shown = () => selectTimeline(a.store.getState(), id).entries[0];
  await until(a, (state) => shown() && selectStatusIcon(state, shown() as never) === "delivered");
  expect(shown()?.key).toBe(key);
  b.conversations.markRead(id);
  expect(b.store.getState().conversations[id]).toMatchObject({ unreadCount: 0 });
  await until(a, (state) => selectStatusIcon(state, shown() as never) === "read");

  const target = { messageId: shown()?.message.id as string };
  b.messages.react(id, target, "👍", true);
  await until(a, () => shown()?.message.reactions[0]?.userIds.includes(bob.id));
  a.messages.edit(id, target, "hello, dear #friend");
  await shows(b, id, "hello, dear #friend");
  const tags = (client: ChatClient) =>
    selectTimeline(client.store.getState(), id).entries[0]?.message.metadata.hashtags[0];
  await Promise.all([until(a, () => tags(a) === "friend"), until(b, () => tags(b) === "friend")]);
  a.messages.delete(id, target);
  await until(b, (state) => state.conversations[id]?.last?.deletedAt);

  a.conversations.typing(id, true);
  await until(b, (state) => state.typing[id]?.includes(ann.id));
  a.messages.send(id, { content: "there" });
  await until(b, (state) => state.typing[id] === undefined);
  await until(b, (state) => state.presence[ann.id]?.status === "online");
  await until(a, (state) => state.outbox.length === 0);
});

test("what is done offline is shown at once, survives the tab, and is sent in order when there is a gateway again", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const profile = randomUUID();
  const first = await tab(ann, 0, profile);
  const b = await tab(bob, 1);
  await Promise.all([until(first, isConnected), until(b, isConnected)]);
  const id = await first.conversations.startDirect(bob.id);
  await first.conversations.open(id);
  first.messages.send(id, { content: "before" });
  await until(first, (state) => state.conversations[id]?.seq === 1 && state.outbox.length === 0);
  const before = first.store.getState().conversations[id]?.last?.id as string;

  await scene.gateway(0).kill();
  await until(
    first,
    (state) => state.connection.status === "reconnecting" || state.connection.status === "offline",
  );
  const tempId = first.messages.send(id, { content: "one" });
  first.messages.edit(id, { tempId }, "one, mended");
  first.messages.send(id, { content: "two" });
  first.messages.delete(id, { tempId: first.messages.send(id, { content: "never mind" }) });
  first.messages.edit(id, { messageId: before }, "before, mended");
  first.messages.react(id, { messageId: before }, "🎉", true);
  const expected = ["before, mended", "one, mended", "two"];
  expect(contents(first, id).filter((text) => text !== "")).toEqual(expected);
  await first.close();

  const again = await tab(ann, 0, profile);
  await again.conversations.open(id);
  expect(contents(again, id).filter((text) => text !== "")).toEqual(expected);
  await scene.gateway(0).start();
  await b.conversations.open(id);
  await shows(b, id, ...expected);
  await until(again, (state) => state.outbox.length === 0);
  await shows(again, id, ...expected);
  await until(b, (state) => state.conversations[id]?.messages[0]?.reactions[0]?.userIds.includes(ann.id));
});

test("a hundred missed messages are caught up with, and the newest fifty are there before the network", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const profile = randomUUID();
  const first = await tab(ann, 0, profile);
  await until(first, isConnected);
  const id = await first.conversations.startDirect(bob.id);
  await first.conversations.open(id);
  first.messages.send(id, { content: "0" });
  await until(first, (state) => state.conversations[id]?.seq === 1);
  await first.close();
  for (let n = 1; n <= 100; n++)
    await scene.rest(bob, 1).post("/messages", { conversationId: id, content: `${n}` });

  const start = performance.now();
  const again = await tab(ann, 0, profile);
  await again.conversations.open(id);
  expect(contents(again, id)).toEqual(["0"]);
  await until(again, (state) => state.conversations[id]?.seq === 101);
  const took = performance.now() - start;
  expect(contents(again, id)).toEqual(Array.from({ length: 101 }, (_, n) => `${n}`));
  expect(again.store.getState().conversations[id]).toMatchObject({ unreadCount: 100 });
  expect(took).toBeLessThan(10_000);
  await again.close();

  const third = createClient({ url: "http://127.0.0.1:1", profile });
  onTestFinished(() => third.close());
  await third.start();
  await third.conversations.open(id);
  expect(contents(third, id)).toEqual(Array.from({ length: 50 }, (_, n) => `${n + 51}`));
});

test("a killed gateway is survived: what is missed meanwhile comes, and what is sent arrives once", async () => {
  const { a, b, bob, id } = await pair();
  await scene.gateway(0).kill();
  await until(a, (state) => state.connection.status !== "connected");
  a.messages.send(id, { content: "into the dark" });
  b.messages.send(id, { content: "unheard" });
  await until(b, (state) => state.conversations[id]?.seq === 1);
  await scene.gateway(0).start();
  await shows(a, id, "unheard", "into the dark");
  await shows(b, id, "unheard", "into the dark");
  await until(a, isConnected);
  await until(a, (state) => state.presence[bob.id]?.status === "online");
});

test("history is paged in both directions around where one has jumped to", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const writer = scene.rest(bob, 1);
  const { body } = await writer.post<{ id: string }>("/conversations", {
    type: "DIRECT",
    participantIds: [ann.id],
  });
  const { id } = body;
  for (let n = 1; n <= 180; n++) await writer.post("/messages", { conversationId: id, content: `${n}` });
  const a = await tab(ann);
  await until(a, isConnected);
  await a.conversations.open(id);
  await until(a, (state) => state.views[id]?.loading === "none" && contents(a, id).length >= 50);
  expect(contents(a, id).at(-1)).toBe("180");
  expect(await a.conversations.jumpTo(id, 60)).toBe(true);
  expect(contents(a, id)).toContain("60");
  expect(selectTimeline(a.store.getState(), id)).toMatchObject({ atStart: false, atEnd: false });
  await a.conversations.loadOlder(id);
  expect(contents(a, id)[0]).toBe("1");
  expect(selectTimeline(a.store.getState(), id).atStart).toBe(true);
  await a.conversations.loadNewer(id);
  await a.conversations.loadNewer(id);
  expect(contents(a, id)).toEqual(Array.from({ length: 180 }, (_, n) => `${n + 1}`));
  expect(selectTimeline(a.store.getState(), id).atEnd).toBe(true);
  expect(await a.conversations.jumpTo(id, 181)).toBe(false);
});

test("a refused message can be discarded, and signing out leaves nothing behind", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const profile = randomUUID();
  const a = await tab(ann, 0, profile);
  await until(a, isConnected);
  const id = await a.conversations.createGroup({ name: "Ours", participantIds: [bob.id] });
  await a.conversations.open(id);
  a.messages.send(id, { content: "x".repeat(10_001) });
  a.messages.send(id, { content: "fits" });
  const failed = await until(a, (state) => state.outbox.find((item) => item.state === "failed"));
  expect(failed.error?.code).toBe("VALIDATION_FAILED");
  await until(a, (state) => state.conversations[id]?.seq === 1);
  expect(a.account.unsent()).toBe(1);
  a.messages.discard(failed.id);
  expect(contents(a, id)).toEqual(["fits"]);

  await a.account.signOut();
  expect(a.store.getState()).toMatchObject({ phase: "signed-out", conversations: {} });
  const database = openDatabase(profile);
  expect(await database.table("messages").count()).toBe(0);
  expect((await database.table("meta").toArray()).map(({ key }) => key)).toEqual(["deviceId"]);
  database.close();
});

test("who is removed from a group keeps nothing of it", async () => {
  const [ann, bob] = await scene.people("Ann", "Bob");
  const [a, b] = [await tab(ann, 0), await tab(bob, 1)];
  await Promise.all([until(a, isConnected), until(b, isConnected)]);
  const id = await a.conversations.createGroup({ name: "Ours", participantIds: [bob.id] });
  await until(b, (state) => state.conversations[id]);
  await a.conversations.update(id, { name: "Mine" });
  await until(b, (state) => state.conversations[id]?.name === "Mine");
  await a.conversations.removeParticipant(id, bob.id);
  await until(b, (state) => !state.conversations[id]);
  await until(a, (state) => state.conversations[id]?.memberCount === 1);
});
