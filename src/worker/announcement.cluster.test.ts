/**
 * One announcement to many people who are offline, and what that costs those who are writing meanwhile. PUSH_CROWD
 * says how many (10,000 for the whole proof). Google is a process of its own here, so that it does not disturb the
 * clock.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { startNodeMain } from "../engines/node-main.ts";
import { connectPostgres, type Sql } from "../store/client.ts";
import { type Account, register } from "../testing/client/account.ts";
import { api } from "../testing/client/api.ts";
import { connect, type TestClient } from "../testing/client/connect.ts";
import { tokenOf } from "../testing/fcm/token.ts";
import { type Platform, startPlatform } from "../testing/platform/platform.ts";

const CROWD = Number(process.env.PUSH_CROWD ?? 1000);
const RATE = 50;

interface Report {
  devices: number;
  pushes: number;
  last: number;
  refused: number;
}

let google: ReturnType<typeof startNodeMain>;
let report: Report | undefined;
let platform: Platform;
let sql: Sql;
beforeAll(async () => {
  google = startNodeMain({
    name: "google",
    main: "src/testing/fcm/standalone/main.ts",
    env: { PATH: process.env.PATH },
    onLine: (line) => {
      const said = JSON.parse(line) as Partial<Report>;
      if (said.devices !== undefined) report = said as Report;
    },
  });
  const first = await google.waitForLine((line) => line.includes('"env"'), 20_000);
  const { env, account } = JSON.parse(first) as { env: Record<string, string>; account: object };
  platform = await startPlatform({
    gateways: 1,
    env: { ...env, FCM_SERVICE_ACCOUNT_JSON: JSON.stringify(account) },
  });
  sql = connectPostgres(platform.databaseUrl, { name: "test", pool: 2, statementTimeout: 60_000 });
});
afterAll(async () => {
  await sql?.end({ timeout: 2 });
  await platform?.[Symbol.asyncDispose]();
  await google?.stop("SIGTERM");
});

async function person(name: string): Promise<Account> {
  return register(platform.gateways[0]?.url ?? "", { name });
}

/** A space of `owner` and so many others, each with a device. */
async function addCrowd(owner: Account): Promise<string> {
  const made = await api(platform.gateways[0]?.url ?? "", owner.token).post<{ id: string }>(
    "/conversations",
    {
      type: "SPACE",
      name: "All hands",
      participantIds: [(await person("First")).id],
    },
  );
  expect(made.status).toBe(201);
  await sql`insert into users (id, name) select 'crowd-' || n, 'Crowd ' || n from generate_series(1, ${CROWD}::int) n`;
  await sql`insert into participants (conversation_id, user_id)
    select ${made.body.id}::uuid, 'crowd-' || n from generate_series(1, ${CROWD}::int) n`;
  await sql`insert into devices (user_id, push_token, platform)
    select 'crowd-' || n, n || ${tokenOf("")}::text, (array['android', 'ios', 'web'])[1 + n % 3]
    from generate_series(1, ${CROWD}::int) n`;
  await sql`analyze`;
  await sql`create extension if not exists pg_stat_statements`;
  return made.body.id;
}

/** What Postgres has spent on push's own statements so far, in s. */
async function postgresSeconds(): Promise<number> {
  const [row] = await sql<{ seconds: number }[]>`
    select coalesce(sum(total_exec_time), 0) / 1000 as seconds from pg_stat_statements
    where query ~ 'push_|devices|graphile_worker' and query !~ 'pg_stat_statements' and toplevel`;
  return Math.round((row?.seconds ?? 0) * 10) / 10;
}

/** Processor time that the worker has used so far, in s (Linux; else NaN). */
async function workerSeconds(): Promise<number> {
  const stat = await readFile(`/proc/${platform.worker?.pid}/stat`, "utf8").catch(() => "");
  const [user = Number.NaN, system = Number.NaN] =
    stat.split(") ")[1]?.split(" ").slice(11, 13).map(Number) ?? [];
  return (user + system) / 100;
}

/** Sends RATE messages a second and notes how long each acknowledgement took, until `stop`. */
async function write(client: TestClient, receiverId: string, stop: AbortSignal): Promise<number[]> {
  const taken: number[] = [];
  const pending: Promise<unknown>[] = [];
  const start = performance.now();
  for (let n = 0; !stop.aborted; n++) {
    await delay(Math.max(0, start + (n * 1000) / RATE - performance.now()));
    const sent = performance.now();
    pending.push(
      client
        .must("NEW_MESSAGE", { receiverId, content: `tick ${n}` })
        .then(() => taken.push(performance.now() - sent)),
    );
  }
  await Promise.all(pending);
  return taken;
}

function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round((sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0) * 10) / 10;
}

test(`an announcement reaches ${CROWD} people who are offline within 60 s`, {
  timeout: 240_000,
}, async () => {
  const [owner, ann, bob] = [await person("Owner"), await person("Ann"), await person("Bob")];
  const conversationId = await addCrowd(owner);
  const client = await connect({ url: platform.gateways[0]?.url ?? "", token: ann.token });
  const reader = await connect({ url: platform.gateways[0]?.url ?? "", token: bob.token });
  reader.socket.on(
    "NEW_MESSAGE",
    ({ conversationId: from, seq }: { conversationId: string; seq: number }) => {
      reader.socket.emit("MESSAGE_DELIVERED", { conversationId: from, seq });
    },
  );
  await write(client, bob.id, AbortSignal.timeout(3000)); // what is compiled and connected at the first time
  const before = await write(client, bob.id, AbortSignal.timeout(10_000));

  const spent = [await workerSeconds(), await postgresSeconds()];
  const sentAt = Date.now();
  const done = new AbortController();
  const during = write(client, bob.id, done.signal);
  const answer = await api(platform.gateways[0]?.url ?? "", owner.token).post("/messages", {
    conversationId,
    type: "ANNOUNCEMENT",
    content: "We have moved",
  });
  expect(answer.status).toBe(201);
  await vi
    .waitFor(() => expect(report?.devices).toBe(CROWD), { timeout: 120_000, interval: 100 })
    .finally(() => done.abort());
  const seconds = ((report?.last ?? 0) - sentAt) / 1000;
  const busy = await during;
  const [worker = 0, postgres = 0] = [await workerSeconds(), await postgresSeconds()].map(
    (now, i) => now - (spent[i] ?? 0),
  );
  // The same again with nothing to push, so that a machine that is busy with something else shows.
  const after = await write(client, bob.id, AbortSignal.timeout(10_000));
  const figures = (values: number[]) => `p50 ${quantile(values, 0.5)} ms, p99 ${quantile(values, 0.99)} ms`;
  process.stdout.write(
    `${CROWD} offline people: pushed within ${seconds} s of sending (of which 5 s are PUSH_DELAY); ` +
      `processor time of the worker ${worker.toFixed(1)} s, statements of push ${postgres.toFixed(1)} s\n` +
      `sends at ${RATE}/s before: ${figures(before)}; meanwhile: ${figures(busy)}; after: ${figures(after)}\n`,
  );
  await client.close();
  await reader.close();
  expect(seconds).toBeLessThan(60);
  expect(report).toMatchObject({ pushes: CROWD, refused: 0 });
});
