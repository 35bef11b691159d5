import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import { type ChatState, initialState } from "../state/chat-state.ts";
import { reduce } from "../state/reduce.ts";
import { CONVERSATION, type ModelServer, modelServer } from "../testing/model-server.ts";
import { openDatabase } from "./database.ts";
import { readCache, readMessages } from "./read-cache.ts";
import { endSession, forgetUser, ownerOfData, writeSession } from "./stored-session.ts";
import { createCacheWriter } from "./write-cache.ts";

const self = { id: "me", name: "Me", email: null };
const session = { user: self, accessToken: "a", refreshToken: "r", expiresAt: 0 };

async function emptyDatabase() {
  const database = openDatabase(randomUUID());
  onTestFinished(() => database.delete());
  await writeSession(database, session);
  return database;
}

function begin(server: ModelServer): ChatState {
  const nothing = { conversations: [], people: [], outbox: [], drafts: {} };
  const state = reduce(initialState, { type: "restored", self, ...nothing });
  const listed = reduce(state, { type: "listed", conversations: [server.conversation()], complete: true });
  return reduce(listed, { type: "paged", conversationId: CONVERSATION, ...server.page(1_000_000, 100) });
}

async function restored(database: Awaited<ReturnType<typeof emptyDatabase>>): Promise<ChatState> {
  const state = reduce(initialState, { type: "restored", self, ...(await readCache(database)) });
  const stored = await readMessages(database, CONVERSATION);
  return reduce(state, { type: "hydrated", conversationId: CONVERSATION, stored });
}

test("the newest fifty messages and their conversation come back as they were, after any number of writes", async () => {
  const database = await emptyDatabase();
  const server = modelServer("me", ["ann"]);
  for (let n = 0; n < 70; n++) server.send("ann", `${n}`);
  let state = begin(server);
  const writer = createCacheWriter(database, "me");
  await writer.write(state);
  for (let n = 0; n < 10; n++) {
    for (const told of [...server.edit(60 + n, "better"), ...server.send("ann", `new ${n}`)])
      state = reduce(state, { type: "event", ...told });
    await writer.write(state);
  }
  expect(await database.messages.count()).toBe(50);
  const back = (await restored(database)).conversations[CONVERSATION];
  expect(back).toMatchObject({ version: 90, seq: 80, unreadCount: 80, ranges: [[31, 80]], hydrated: true });
  expect(back?.messages).toEqual(server.rows.slice(-50));
});

test("what another tab wrote of a later version stays", async () => {
  const database = await emptyDatabase();
  const server = modelServer("me", ["ann"]);
  server.send("ann", "one");
  const earlier = begin(server);
  server.send("ann", "two");
  await createCacheWriter(database, "me").write(begin(server));
  await createCacheWriter(database, "me").write(earlier);
  expect((await restored(database)).conversations[CONVERSATION]).toMatchObject({ version: 2, seq: 2 });
});

test("nothing is written for somebody who is not signed in any more", async () => {
  const database = await emptyDatabase();
  const server = modelServer("me", ["ann"]);
  server.send("ann", "secret");
  const writer = createCacheWriter(database, "me");
  await writeSession(database, { ...session, user: { ...self, id: "somebody else" } });
  await writer.write(begin(server));
  expect(await database.messages.count()).toBe(0);
  expect(await database.conversations.count()).toBe(0);
});

test("a conversation that one is no longer in leaves nothing", async () => {
  const database = await emptyDatabase();
  const server = modelServer("me", ["ann"]);
  server.send("ann", "one");
  const state = begin(server);
  const writer = createCacheWriter(database, "me");
  await writer.write(state);
  await writer.write(reduce(state, { type: "left", conversationId: CONVERSATION }));
  expect(await database.messages.count()).toBe(0);
  expect(await readMessages(database, CONVERSATION)).toBeNull();
});

test("data stays its owner's when the session ends, and is gone when they sign out", async () => {
  const database = await emptyDatabase();
  await endSession(database);
  expect(await ownerOfData(database)).toBe("me");
  await forgetUser(database);
  expect(await ownerOfData(database)).toBeNull();
});
