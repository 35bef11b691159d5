import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectPostgres, type Sql } from "../store/client.ts";
import type { SendResult } from "../store/send-messages.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { createSendWriter } from "./send-writer.ts";
import { addGroup, addUsers, draftOf, openPools } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url, 2);
const [sql, observer] = pools as unknown as [Sql, Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
let id: string;
beforeAll(async () => {
  users = await addUsers(sql, 3);
  id = await addGroup(sql, users);
});

const countOf = async (conversationId: string) =>
  (await observer`select count(*)::int as n from messages where conversation_id = ${conversationId}`)[0]?.n;

test("sends at once share statements: far fewer statements than messages", async () => {
  const place = await addGroup(sql, users);
  const sizes: number[] = [];
  const writer = createSendWriter(sql, { interval: 5, onBatch: (size) => sizes.push(size) });
  const drafts = Array.from({ length: 500 }, (_, i) => draftOf(users[i % 3] as string, place));
  await observer`select pg_stat_statements_reset()`;
  const results = await Promise.all(drafts.map((draft) => writer.write(draft)));
  const [statements] = await observer`select sum(calls)::int as calls from pg_stat_statements s
    join pg_database d on d.oid = s.dbid where d.datname = current_database() and query like '%insert into messages%'`;
  expect(statements?.calls).toBe(sizes.length);
  expect(sizes.length).toBeLessThanOrEqual(10);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(500);
  // In the order in which they were handed over.
  expect(results.map(({ seq }) => seq)).toEqual(drafts.map((_, index) => index + 1));
});

test("an idle writer writes at once, however long its interval", async () => {
  const writer = createSendWriter(sql, { interval: 60_000 });
  expect((await writer.write(draftOf(users[0] as string, id))).verdict).toBe("sent");
});

test("the same id in the queue twice is one message and one repeat", async () => {
  const writer = createSendWriter(sql, { interval: 5 });
  const draft = draftOf(users[0] as string, id, { tempId: "twice" });
  const results = await Promise.all([draft, draft, draft].map((d) => writer.write(d)));
  expect(results.map(({ verdict }) => verdict)).toEqual(["sent", "repeated", "repeated"]);
  expect(new Set(results.map(({ seq }) => seq)).size).toBe(1);
});

test("two gateways that get the same sends at once write each one once, and both answer", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 12 }), { minLength: 2, maxLength: 40 }), async (tempIds) => {
      const place = await addGroup(sql, users);
      const writers = [sql, observer].map((pool) => createSendWriter(pool, { interval: 1, maxBatch: 5 }));
      const drafts = tempIds.map((n) => draftOf(users[0] as string, place, { tempId: `${place} ${n}` }));
      const results = await Promise.all(
        drafts.map((d, i) => (writers[i % 2] as (typeof writers)[0]).write(d)),
      );
      for (const [, same] of Map.groupBy(results.entries(), ([i]) => tempIds[i])) {
        const verdicts = same.map(([, { verdict }]) => verdict).sort();
        expect(verdicts).toEqual([...Array(same.length - 1).fill("repeated"), "sent"]);
        expect(new Set(same.map(([, { seq }]) => seq)).size).toBe(1);
      }
      expect(await countOf(place)).toBe(new Set(tempIds).size);
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test("a message that Postgres refuses is refused alone; those beside it are sent", async () => {
  const place = await addGroup(sql, users);
  const errors: number[] = [];
  const writer = createSendWriter(sql, { interval: 5, onError: (_, size) => errors.push(size) });
  const drafts = Array.from({ length: 20 }, (_, i) =>
    draftOf(users[0] as string, place, i === 7 ? { type: "NONSENSE" as "TEXT" } : {}),
  );
  const settled = await Promise.allSettled(drafts.map((draft) => writer.write(draft)));
  expect(settled.map(({ status }, i) => (status === "rejected" ? i : -1)).filter((i) => i >= 0)).toEqual([7]);
  expect(await countOf(place)).toBe(19);
  expect(errors.at(-1)).toBe(1);
});

test("Postgres ending the writer's connections again and again loses nothing acknowledged and doubles nothing", async () => {
  const place = await addGroup(sql, users);
  const doomed = connectPostgres(database.url, { name: "doomed", pool: 3, statementTimeout: 5000 });
  let failures = 0;
  const writer = createSendWriter(doomed, { interval: 1, maxBatch: 10, onError: () => failures++ });
  const sent: Promise<[string, SendResult]>[] = [];
  for (let round = 0; round < 5; round++) {
    const drafts = Array.from({ length: 60 }, (_, i) =>
      draftOf(users[i % 3] as string, place, { tempId: `${place} ${round} ${i}` }),
    );
    const batch = drafts.map(async (d): Promise<[string, SendResult]> => [d.id, await writer.write(d)]);
    sent.push(...batch);
    await Promise.any(batch); // in the middle of the rest
    await observer`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'doomed' and datname = current_database()`;
  }
  const answers = await Promise.all(sent);
  await doomed.end({ timeout: 5 });
  expect(failures).toBeGreaterThan(0);
  // To whoever sent it each is a first send, though a second attempt may have found it written.
  expect(answers.every(([, { verdict }]) => verdict === "sent")).toBe(true);
  const rows = await observer`select id, seq from messages where conversation_id = ${place} order by seq`;
  expect(rows.map((row) => row.seq)).toEqual(rows.map((_, index) => index + 1));
  expect(new Map(answers.map(([messageId, { seq }]) => [messageId, seq]))).toEqual(
    new Map(rows.map((row) => [row.id, row.seq])),
  );
}, 30_000);

test("while Postgres is away a send waits, and when that takes too long it is UNAVAILABLE with a time to come back", async () => {
  const nowhere = connectPostgres("postgres://x:x@127.0.0.1:1/x", {
    name: "x",
    pool: 1,
    statementTimeout: 1000,
  });
  const writer = createSendWriter(nowhere, { interval: 5, patience: 300 });
  await expect(writer.write(draftOf(users[0] as string, id))).rejects.toMatchObject({
    code: "UNAVAILABLE",
    retryAfter: 1,
  });
  await nowhere.end({ timeout: 1 });
});

test("a writer with too much in its queue says so at once instead of growing without end", async () => {
  const nowhere = connectPostgres("postgres://x:x@127.0.0.1:1/x", {
    name: "x",
    pool: 1,
    statementTimeout: 1000,
  });
  const writer = createSendWriter(nowhere, { interval: 5, maxBatch: 2, patience: 100 });
  const writes = Array.from({ length: 150 }, () => writer.write(draftOf(users[0] as string, id)));
  const settled = await Promise.allSettled(writes);
  for (const result of settled)
    expect(result).toMatchObject({ status: "rejected", reason: { code: "UNAVAILABLE" } });
  await nowhere.end({ timeout: 1 });
});
