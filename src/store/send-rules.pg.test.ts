import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addGroup, addUsers, draftOf, openPools, sendOne } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import type { Sql } from "./client.ts";
import { sendMessages } from "./send-messages.ts";

const database = await testDatabase();
const pools = openPools(database.url);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
beforeAll(async () => {
  users = await addUsers(sql, 3);
});

test("who may not write takes no number: refused sends leave no gap and no trace", async () => {
  const [a, b, c] = users as [string, string, string];
  const id = await addGroup(sql, [a, b]);
  const results = await sendMessages(sql, [
    draftOf(c, id),
    draftOf(a, id, { content: "first" }),
    draftOf(a, id, { replyToId: randomUUID() }),
    draftOf(a, id, { threadId: randomUUID() }),
    draftOf(b, id, { content: "second" }),
  ]);
  expect(results.map(({ verdict, seq }) => [verdict, seq])).toEqual([
    ["unknown_conversation", null],
    ["sent", 1],
    ["unknown_reply", null],
    ["unknown_reply", null],
    ["sent", 2],
  ]);
  expect((await sql`select count(*)::int as n from message_ids where conversation_id = ${id}`)[0]?.n).toBe(2);
});

test.each([
  ["ACTIVE", ["sent", "sent"]],
  ["MUTED", ["sent", "forbidden"]],
  ["ARCHIVED", ["forbidden", "forbidden"]],
  ["DELETED", ["unknown_conversation", "unknown_conversation"]],
])("in a conversation that is %s, its owner and a member are answered %j", async (status, verdicts) => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sql`update conversations set status = ${status} where id = ${id}`;
  const results = await sendMessages(sql, [draftOf(a, id), draftOf(b, id)]);
  expect(results.map(({ verdict }) => verdict)).toEqual(verdicts);
});

test("a clock that was set back does not turn the times of a conversation round", async () => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  const ahead = new Date(Date.now() + 3_600_000);
  await sql`update conversations set changed_at = ${ahead} where id = ${id}`;
  expect((await sendOne(sql, a, id)).sentAt).toEqual(ahead);
});
