/**
 * Postgres dies by SIGKILL, again and again, while the real functions write: nothing reaches the process as
 * an uncaught error (postgres.js throws one out of a transaction block, see docs/adr/0011-no-transaction-blocks.md),
 * nothing acknowledged is lost, and everything works on the same pool afterwards.
 */
import { randomInt, randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresEngine, startPostgres } from "../engines/postgres.ts";
import { logout } from "../identity/logout.ts";
import { refresh } from "../identity/refresh.ts";
import { register } from "../identity/register.ts";
import { type TestIdentity, testIdentity } from "../identity/testing-identity.ts";
import { addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { changeReaction, deleteMessage, editMessage } from "./change-message.ts";
import { isOutage } from "./client.ts";
import { migrate } from "./migrate.ts";

// On the library as it comes the pool may stand still after a kill: see mended-postgres.ts.
const mended = (await readFile(new URL("client.ts", import.meta.url), "utf8")).includes("mended-postgres.ts");
const KILLS = 6;
/** Of each kind; together more than the pool has connections, so that some wait for one when Postgres dies. */
const WORKERS = 4;

const uncaught: unknown[] = [];
const watch = (error: unknown) => uncaught.push(error);
let engine: PostgresEngine;
let here: TestIdentity;
let users: string[];
let group: string;
beforeAll(async () => {
  process.on("uncaughtException", watch);
  process.on("unhandledRejection", watch);
  // What a killed process has written is in the kernel: fsync is for the death of the machine.
  engine = await startPostgres({ settings: { fsync: "off" } });
  await migrate(engine.url);
  here = testIdentity(engine.url);
  users = await addUsers(here.sql, 4);
  group = await addGroup(here.sql, users);
});
afterAll(async () => {
  await here?.[Symbol.asyncDispose]();
  await engine?.stop();
  process.off("uncaughtException", watch);
  process.off("unhandledRejection", watch);
});

/** Ids of the messages whose sending was answered, and those that were deleted. */
const sent: string[] = [];
const deleted: string[] = [];
const emojis = ["👍", "❤️", "🎉"];
const pick = <T>(list: readonly T[]) => list[randomInt(list.length)] as T;

async function send(): Promise<void> {
  sent.push((await sendOne(here.sql, pick(users), group)).id);
}

async function react(): Promise<void> {
  const change = {
    messageId: pick(sent.slice(0, 3)),
    userId: pick(users),
    emoji: pick(emojis),
    maxKinds: 50,
  };
  await changeReaction(here.sql, { ...change, add: randomInt(2) === 0 });
}

async function editAndDelete(): Promise<void> {
  const userId = users[0] as string;
  const { id: messageId } = await sendOne(here.sql, userId, group);
  await editMessage(here.sql, { messageId, userId, content: "edited", metadata: null });
  await changeReaction(here.sql, { messageId, userId, emoji: "👍", add: true, maxKinds: 50 });
  if (await deleteMessage(here.sql, { messageId, userId })) deleted.push(messageId);
}

async function signInAndOut(): Promise<void> {
  const email = `${randomUUID()}@example.com`;
  let { refreshToken } = await register(here.accounts, { email, password: "password-1", name: "Person" });
  for (let use = 0; use < 5; use++) ({ refreshToken } = await refresh(here.accounts, { refreshToken }));
  await logout(here.accounts, { refreshToken });
}

/** Does `act` over and over until `stop`; an outage may stop it, and nothing else. Each success is counted. */
async function keepDoing(act: () => Promise<void>, stop: AbortSignal, done: () => void): Promise<void> {
  while (!stop.aborted) {
    try {
      await act();
      done();
    } catch (error) {
      if (!isOutage(error)) throw error;
    }
    await nextTurn();
  }
}

test.skipIf(!mended)(
  "reactions, edits, deletions, sends, refreshes and sign-ins outlive a Postgres that is killed under them",
  async () => {
    for (let i = 0; i < 3; i++) await send();
    const stop = new AbortController();
    const kinds = [send, react, react, editAndDelete, signInAndOut];
    const counts = kinds.map(() => 0);
    let onDone: (() => void) | undefined;
    const workers = Promise.all(
      kinds.flatMap((act, kind) =>
        Array.from({ length: WORKERS }, () =>
          keepDoing(act, stop.signal, () => {
            counts[kind] = (counts[kind] ?? 0) + 1;
            onDone?.();
          }),
        ),
      ),
    );
    /** When each kind has succeeded `times` more often; rejects when a worker does. */
    async function moreOfEach(times: number): Promise<void> {
      const goal = counts.map((count) => count + times);
      const reached = new Promise<void>((resolve) => {
        onDone = () => {
          if (counts.every((count, kind) => count >= (goal[kind] ?? 0))) resolve();
        };
      });
      await Promise.race([reached, workers]);
    }
    try {
      for (let round = 0; round < KILLS; round++) {
        await moreOfEach(randomInt(1, 4));
        await engine.kill();
        await engine.restart();
      }
      await moreOfEach(2);
    } finally {
      stop.abort();
      await workers;
    }
    expect(uncaught).toEqual([]);
    await checkStored();
  },
  60_000,
);

/** What was acknowledged is there, once and in order, and what belongs together is together. */
async function checkStored(): Promise<void> {
  const rows = await here.sql<{ id: string; seq: number; deleted: boolean }[]>`
    select id, seq, deleted_at is not null as deleted from messages where conversation_id = ${group} order by seq`;
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
  const stored = new Map(rows.map((row) => [row.id, row]));
  expect(sent.filter((id) => !stored.has(id))).toEqual([]);
  expect(deleted.filter((id) => !stored.get(id)?.deleted)).toEqual([]);

  const apart = await here.sql`
    select seq, emoji, user_id from reactions where conversation_id = ${group}
    except
    select m.seq, r ->> 'emoji', u from messages m, jsonb_array_elements(m.reactions) r,
      jsonb_array_elements_text(r -> 'userIds') u where m.conversation_id = ${group}`;
  expect([...apart]).toEqual([]);
  const [count] = await here.sql<{ held: number; shown: number }[]>`
    select (select count(*) from reactions where conversation_id = ${group}) as held,
      (select coalesce(sum((r ->> 'count')::int), 0) from messages m, jsonb_array_elements(m.reactions) r
        where m.conversation_id = ${group}) as shown`;
  expect(count?.held).toBe(count?.shown);

  const lively = await here.sql`
    select family from refresh_tokens where used_at is null and revoked_at is null group by family having count(*) > 1`;
  expect([...lively]).toEqual([]);
  const halfRegistered = await here.sql`
    select id from users u where email is not null and not exists (select from refresh_tokens where user_id = u.id)`;
  expect([...halfRegistered]).toEqual([]);
}
