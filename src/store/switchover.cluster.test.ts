/**
 * Two gateways over a replicated Postgres whose primary changes, behind one address as a Kubernetes Service has it:
 * what was acknowledged is there, a planned change fails no send and no SYNC, and no read is behind.
 */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type PostgresEngine, startPostgres } from "../engines/postgres.ts";
import { startReplica } from "../engines/postgres-replica.ts";
import type { Account } from "../testing/client/account.ts";
import type { TestClient } from "../testing/client/connect.ts";
import type { MessageSent, SyncAnswer } from "../testing/client/wire.ts";
import { stage } from "../testing/contract/stage.ts";
import type { PlatformOptions } from "../testing/platform/platform.ts";
import { startRelay, type TcpRelay } from "../testing/tcp-relay.ts";
import { connectPostgres } from "./client.ts";

const engines: PostgresEngine[] = [];
const services: TcpRelay[] = [];
let write: TcpRelay;
let read: TcpRelay;
const options: { -readonly [K in keyof PlatformOptions]: PlatformOptions[K] } = {};
const settings = { fsync: "off" };

beforeAll(async () => {
  const first = await startPostgres({ settings });
  engines.push(first, await startReplica(first, { settings }));
  write = await startRelay(primary());
  read = await startRelay(standby());
  services.push(write, read);
  const url = (service: TcpRelay) => first.url.replace(`:${first.port}/`, `:${service.port}/`);
  options.postgres = first;
  options.worker = true;
  options.env = { DATABASE_URL: url(write), DATABASE_READ_URL: url(read) };
  await synchronous();
});
afterAll(async () => {
  for (const service of services) await service[Symbol.asyncDispose]();
  for (const engine of engines) await engine.stop();
});
const on = stage(options);

const primary = () => engines.at(-2) as PostgresEngine;
const standby = () => engines.at(-1) as PostgresEngine;

async function admin(engine: PostgresEngine, ...statements: string[]): Promise<void> {
  const sql = connectPostgres(engine.url, {
    name: "admin",
    pool: 1,
    statementTimeout: 20_000,
    replica: true,
  });
  for (const statement of statements) await sql.unsafe(statement);
  await sql.end({ timeout: 2 });
}

/** From now on the primary acknowledges only what its standby has as well, as Patroni sets it. */
function synchronous(): Promise<void> {
  return admin(
    primary(),
    "alter system set synchronous_standby_names = '*'",
    "alter system set synchronous_commit = 'remote_apply'",
    "select pg_reload_conf()",
  );
}

/** The standby becomes the primary, and the address leads to it. */
async function promote(): Promise<void> {
  await admin(standby(), "select pg_promote()");
  write.point(standby());
}

/** The former standby is the primary now, and has a standby of its own again. */
async function replicate(): Promise<void> {
  engines.push(await startReplica(standby(), { settings }));
  read.point(standby());
  await synchronous();
}

/** Two people who write over both gateways, and one who asks SYNC; it fails with the first answer that is behind. */
function traffic(a: TestClient, b: TestClient, bob: Account, alice: Account) {
  const acknowledged: { sent: MessageSent; at: number }[] = [];
  const failed: { event: string; code: string }[] = [];
  let over = false;
  let sends = 0;
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
  async function send(client: TestClient, to: Account): Promise<void> {
    while (!over) {
      const tempId = `t${sends++}`;
      const answer = await client.emit<MessageSent>("NEW_MESSAGE", {
        receiverId: to.id,
        content: tempId,
        tempId,
      });
      if (answer.ok) acknowledged.push({ sent: answer.data, at: performance.now() });
      else failed.push({ event: "NEW_MESSAGE", code: answer.error.code });
      await pause();
    }
  }
  async function sync(client: TestClient): Promise<void> {
    while (!over) {
      const last = acknowledged.at(-1)?.sent;
      if (last) {
        const version = Math.max(...acknowledged.map(({ sent }) => sent.version));
        const since = Math.max(0, version - 10);
        const answer = await client.emit<SyncAnswer>("SYNC", {
          conversations: { [last.conversationId]: since },
        });
        if (!answer.ok) failed.push({ event: "SYNC", code: answer.error.code });
        else {
          const delta = answer.data.conversations.find(({ id }) => id === last.conversationId);
          expect(delta?.version).toBeGreaterThanOrEqual(version);
          expect(delta?.messages.map((message) => message.version)).toEqual(
            Array.from({ length: (delta?.version ?? 0) - since }, (_, i) => since + 1 + i),
          );
        }
      }
      await pause();
    }
  }
  const ends = Promise.all([send(a, bob), send(a, bob), send(b, alice), sync(a), sync(b)]);
  ends.catch(() => {}); // told by end()
  return {
    acknowledged,
    failed,
    async more(count: number): Promise<void> {
      const goal = acknowledged.length + count;
      await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(goal), { timeout: 20_000 });
    },
    async end(): Promise<void> {
      over = true;
      await ends;
    },
  };
}

async function scene() {
  const [alice, bob] = await on.people("Alice", "Bob");
  const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
  const running = traffic(a, b, bob, alice);
  await running.more(30);
  return { running };
}

/** Longest time between two acknowledgements, in ms. */
function longestPause(acknowledged: readonly { at: number }[]): number {
  return Math.max(...acknowledged.slice(1).map(({ at }, i) => at - (acknowledged[i]?.at ?? at)));
}

async function everythingIsThere(acknowledged: readonly { sent: MessageSent }[]): Promise<void> {
  const sql = connectPostgres(primary().url, { name: "check", pool: 1, statementTimeout: 20_000 });
  const id = acknowledged[0]?.sent.conversationId ?? "";
  const rows = await sql<{ id: string; seq: number }[]>`
    select id, seq from messages where conversation_id = ${id} order by seq`;
  await sql.end({ timeout: 2 });
  expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, i) => i + 1));
  const stored = new Map(rows.map((row) => [row.id, row.seq]));
  expect(acknowledged.filter(({ sent }) => stored.get(sent.dbMessageId) !== sent.seq)).toEqual([]);
  expect(new Set(acknowledged.map(({ sent }) => sent.seq)).size).toBe(acknowledged.length);
}

test("in a planned switchover every send and every SYNC succeeds, after a pause of less than 3 s", async () => {
  const { running } = await scene();
  const start = performance.now();
  process.kill(primary().pid as number, "SIGINT");
  await vi.waitFor(() => expect(primary().pid).toBeUndefined(), { timeout: 10_000, interval: 20 });
  await promote();
  const switched = performance.now() - start;
  await running.more(100);
  await running.end();
  expect(running.failed).toEqual([]);
  await replicate();
  await everythingIsThere(running.acknowledged);
  const pause = longestPause(running.acknowledged);
  process.stdout.write(
    `switched over in ${Math.round(switched)} ms, nothing was acknowledged for ${Math.round(pause)} ms\n`,
  );
  expect(pause).toBeLessThan(3000);
});

test("a former primary that stays and takes no writes any more is left for the new one, and no send fails", async () => {
  const { running } = await scene();
  await admin(primary(), "alter system set default_transaction_read_only = on", "select pg_reload_conf()");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await promote();
  await running.more(100);
  await running.end();
  expect(running.failed).toEqual([]);
  await replicate();
  await everythingIsThere(running.acknowledged);
});

test("after the primary was killed no acknowledged message is missing", async () => {
  const { running } = await scene();
  await primary().kill();
  await promote();
  await running.more(100);
  await running.end();
  expect(running.failed.filter(({ code }) => code !== "UNAVAILABLE")).toEqual([]);
  await replicate();
  await everythingIsThere(running.acknowledged);
  const metrics = await (await fetch(on.gateway(0).metricsUrl)).text();
  expect(on.platform.worker?.running).toBe(true);
  expect(metrics).toMatch(/^nexus_reads_total\{kind="sync",target="replica"\} \d+$/m);
});
