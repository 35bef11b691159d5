import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../bus/delivery.ts";
import type { NewMessage } from "../protocol/message.ts";
import type { Sql } from "../store/client.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { createDirects } from "./directs.ts";
import { createMessageSender } from "./send-message.ts";
import { createSendWriter } from "./send-writer.ts";
import { addGroup, addUsers, openPools } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url, 2);
const [sql, observer] = pools as unknown as [Sql, Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let ann: string;
let bob: string;
let eve: string;
let group: string;
const delivered: Delivery[] = [];
const sender = createMessageSender({
  sql,
  writer: createSendWriter(sql, { interval: 0 }),
  limit: () => undefined,
  deliver: (delivery) => void delivered.push(delivery),
  directs: createDirects(sql),
  maxLength: 10_000,
});
beforeAll(async () => {
  [ann, bob, eve] = (await addUsers(sql, 3)) as [string, string, string];
  group = await addGroup(sql, [ann, bob]);
});
beforeEach(() => {
  delivered.length = 0;
});

async function send(userId: string, input: Partial<NewMessage>) {
  const actor = { userId, socketId: "s1" };
  const { draft } = await sender.prepare(actor, {
    content: "hi",
    type: "TEXT",
    isEncrypted: false,
    ...input,
  });
  return sender.commit(actor, draft);
}

/** How many statements Postgres ran for `act`, by its own count. */
async function statementsOf(act: () => Promise<unknown>): Promise<number> {
  const read = async () =>
    (
      await observer`select coalesce(sum(calls), 0)::int as n from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and query not like '%pg_stat_statements%'`
    )[0]?.n as number;
  const before = await read();
  await act();
  return (await read()) - before;
}

describe("by Postgres's own statistics (pg_stat_statements)", () => {
  test("a send to a known user is one statement", async () => {
    await send(ann, { receiverId: bob });
    expect(await statementsOf(() => send(ann, { receiverId: bob, tempId: "one", content: "@bob #x" }))).toBe(
      1,
    );
    expect(await statementsOf(() => send(bob, { receiverId: ann }))).toBe(1);
  });

  test("a send into a group with mentions is two at most", async () => {
    const input = { conversationId: group, tempId: "two", content: `hi @${bob} and @somebody` };
    expect(await statementsOf(() => send(ann, input))).toBeLessThanOrEqual(2);
  });

  test("the first send to a user is two at most, and its repeat too", async () => {
    expect(await statementsOf(() => send(ann, { receiverId: eve, tempId: "first" }))).toBeLessThanOrEqual(2);
    expect(await statementsOf(() => send(ann, { receiverId: eve, tempId: "first" }))).toBeLessThanOrEqual(2);
  });
});

test("a repeat answers with the first one's numbers and `duplicate`, and nobody is told again", async () => {
  const first = await send(ann, { conversationId: group, tempId: "r" });
  delivered.length = 0;
  const again = await send(ann, { conversationId: group, tempId: "r" });
  expect(again.sent).toEqual({ ...first.sent, duplicate: true });
  expect(delivered).toEqual([]);
  await expect(send(ann, { conversationId: group, tempId: "r", content: "other" })).rejects.toMatchObject({
    code: "CONFLICT",
    field: "tempId",
  });
  await expect(send(ann, { receiverId: bob, tempId: "r" })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a repeat of what was edited since is still the first message", async () => {
  const first = await send(ann, { conversationId: group, tempId: "edited" });
  await observer`update messages set content = 'changed', version = version + 1 where id = ${first.sent.dbMessageId}`;
  const again = await send(ann, { conversationId: group, tempId: "edited" });
  expect(again.sent).toEqual({ ...first.sent, duplicate: true });
});

test("two users' first messages to each other at once go to one conversation", async () => {
  const [x, y] = (await addUsers(sql, 2)) as [string, string];
  const all = await Promise.all(
    Array.from({ length: 8 }, (_, i) => send(i % 2 ? x : y, { receiverId: i % 2 ? y : x })),
  );
  expect(new Set(all.map(({ sent }) => sent.conversationId)).size).toBe(1);
  expect(all.map(({ sent }) => sent.seq).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("what is told at once is what is read later", async () => {
  const { message, sent } = await send(ann, {
    conversationId: group,
    tempId: "same",
    content: "see https://x.example @bob",
    clientTimestamp: "2026-01-02T03:04:05.678Z",
  });
  const { tempId: _, ...live } = message;
  expect(delivered[0]?.payload).toEqual(live);
  const again = await send(ann, {
    conversationId: group,
    tempId: "same",
    content: "see https://x.example @bob",
    clientTimestamp: "2026-01-02T03:04:05.678Z",
  });
  expect(again.message).toEqual(message);
  expect(sent.messageId).toBe("same");
});

test.each([
  [
    "a conversation that does not exist",
    () => ({ conversationId: "00000000-0000-4000-8000-000000000000" }),
    "NOT_FOUND",
  ],
  ["a user who does not exist", () => ({ receiverId: "nobody" }), "NOT_FOUND"],
  [
    "a reply to nothing",
    () => ({ conversationId: group, replyToId: "00000000-0000-4000-8000-000000000000" }),
    "NOT_FOUND",
  ],
  ["nothing to say", () => ({ conversationId: group, content: "   " }), "VALIDATION_FAILED"],
  [
    "an attachment that does not exist",
    () => ({ conversationId: group, attachmentIds: ["00000000-0000-4000-8000-000000000000"] }),
    "NOT_FOUND",
  ],
])("%s: %3$s, nothing stored, nobody told", async (_, input, code) => {
  const count = async () => (await observer`select count(*)::int as n from message_ids`)[0]?.n;
  const before = await count();
  await expect(send(ann, input())).rejects.toMatchObject({ code });
  expect(await count()).toBe(before);
  expect(delivered).toEqual([]);
});

test("somebody else's group answers as one that does not exist", async () => {
  await expect(send(eve, { conversationId: group })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
