/** Two real Postgres, one streaming from the other: whatever the replica lacks, nobody misses it. */
import { randomInt } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type PostgresEngine, startPostgres } from "../engines/postgres.ts";
import { startReplica } from "../engines/postgres-replica.ts";
import { sync } from "../messaging/sync.ts";
import { addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { connectPostgres, type Sql } from "./client.ts";
import { migrate } from "./migrate.ts";
import { createReplicaReader, type Reader } from "./replica-reads.ts";

let primary: PostgresEngine;
let replica: PostgresEngine;
let sql: Sql;
let admin: Sql;
let reader: Reader & { end(): Promise<void> };
let users: string[];
let group: string;
const targets: string[] = [];

beforeAll(async () => {
  primary = await startPostgres({ settings: { fsync: "off" } });
  await migrate(primary.url);
  replica = await startReplica(primary, { settings: { fsync: "off" } });
  sql = connectPostgres(primary.url, { name: "gateway", pool: 4, statementTimeout: 5000 });
  admin = connectPostgres(replica.url, { name: "admin", pool: 1, statementTimeout: 5000, replica: true });
  // As an ordinary user, whom a managed Postgres gives no more.
  await sql.unsafe(`create role reader login password 'reader'; grant pg_read_all_data to reader`);
  reader = createReplicaReader({
    primary: sql,
    connect(onclose) {
      const url = new URL(replica.url);
      url.username = "reader";
      url.password = "reader";
      const options = { name: "reader", pool: 1, statementTimeout: 5000, replica: true, onclose };
      return connectPostgres(url.href, options);
    },
    lanes: 3,
    onRead: (_kind, target) => targets.push(target),
  });
  users = await addUsers(sql, 3);
  group = await addGroup(sql, users);
});
afterAll(async () => {
  await Promise.all([reader?.end(), sql?.end({ timeout: 2 }), admin?.end({ timeout: 2 })]);
  await replica?.stop();
  await primary?.stop();
});
beforeEach(async () => {
  await admin`select pg_wal_replay_resume()`;
  // Whatever a test before left behind has been caught up with, and the rest that it brought is over.
  await vi.waitFor(
    async () => {
      targets.length = 0;
      await newest();
      expect(targets).toEqual(["replica"]);
    },
    { timeout: 10_000, interval: 300 },
  );
  targets.length = 0;
});

const person = () => users[1] as string;

/** The version that SYNC answers for the group, which has all rows up to it, to a client that lacks the last few. */
async function newest(known = 0): Promise<number> {
  const since = Math.max(0, known - 20);
  const request = { conversations: { [group]: since } };
  const answer = await reader.read("sync", (db) => sync({ sql: db }, person(), request));
  const delta = answer.conversations.find(({ id }) => id === group);
  const { version = 0, messages = [], limited } = delta ?? {};
  expect(messages.map((row) => row.version)).toEqual(messages.map((_row, i) => since + 1 + i));
  if (!limited) expect(messages).toHaveLength(version - since);
  return version;
}

test("a read comes from the replica when that has everything, with what was written just before", async () => {
  const until = performance.now() + 3000;
  let fresh = 0;
  for (let round = 0; round < 20 || (fresh < 5 && performance.now() < until); round++) {
    const { version } = await sendOne(sql, person(), group);
    targets.length = 0;
    expect(await newest(version)).toBeGreaterThanOrEqual(version);
    if (targets[0] === "replica") fresh++;
  }
  expect(fresh).toBeGreaterThanOrEqual(5);
});

test("a replica that does not replay is not asked, and is again when it has caught up", async () => {
  await admin`select pg_wal_replay_pause()`;
  const { version } = await sendOne(sql, person(), group);
  expect(await newest(version)).toBe(version);
  expect(targets).toEqual(["primary_behind"]);
  const start = performance.now();
  expect(await newest(version)).toBe(version);
  expect(performance.now() - start).toBeLessThan(500); // it rests: nobody waits for it again and again
});

test("who was removed from a conversation gets nothing of it, though the replica still has them in it", async () => {
  await admin`select pg_wal_replay_pause()`;
  const [owner, , third] = users as [string, string, string];
  const other = await addGroup(sql, [owner, third]);
  await admin`select pg_wal_replay_resume()`;
  await vi.waitFor(async () =>
    expect(await admin`select from conversations where id = ${other}`).toHaveLength(1),
  );
  await admin`select pg_wal_replay_pause()`;
  await sql`update participants set status = 'REMOVED' where conversation_id = ${other} and user_id = ${third}`;
  const answer = await reader.read("sync", (db) =>
    sync({ sql: db }, third, { conversations: { [other]: 0 } }),
  );
  expect(answer.left).toEqual([other]);
});

test("while the replica stops, goes on and dies at any moment, every read has all that was acknowledged before it", async () => {
  let acknowledged = 0;
  let over = false;
  const writing = (async () => {
    while (!over) acknowledged = (await sendOne(sql, person(), group)).version;
  })();
  const reading = Array.from({ length: 6 }, async () => {
    while (!over) {
      const before = acknowledged;
      expect(await newest(before)).toBeGreaterThanOrEqual(before);
    }
  });
  try {
    for (let round = 0; round < 10; round++) {
      await new Promise((resolve) => setTimeout(resolve, randomInt(50, 600)));
      if (round === 5) {
        await replica.kill();
        await replica.restart();
      } else if (round % 2 === 0) await admin`select pg_wal_replay_pause()`;
      else await admin`select pg_wal_replay_resume()`;
    }
  } finally {
    over = true;
    await Promise.all([writing, ...reading]);
  }
  expect(new Set(targets)).toContain("replica");
  expect(new Set(targets)).toContain("primary_behind");
}, 60_000);

test("a replica that was promoted is not trusted: what is written at the primary is not there", async () => {
  await admin`select pg_promote()`;
  const { version } = await sendOne(sql, person(), group);
  expect(await newest(version)).toBe(version);
  expect(targets).toEqual(["primary_behind"]);
});
