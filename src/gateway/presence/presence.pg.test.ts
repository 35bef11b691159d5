import { pino } from "pino";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { claimDead, liveGateways, sweepGateway } from "../../bus/presence.ts";
import { connectRedis, type RedisClient } from "../../bus/redis.ts";
import { type RedisEngine, startRedis } from "../../engines/redis.ts";
import { connectPostgres, type Sql } from "../../store/client.ts";
import { type TestDatabase, testDatabase } from "../../testing/pg/test-database.ts";
import { presenceSweep } from "../../worker/tasks/presence-sweep.ts";
import type { Delivery } from "./announcer.ts";
import { createPresence, type PresenceService } from "./presence.ts";

const GRACE = 300;
const AWAY_AFTER = 60_000;
const log = pino({ level: "silent" });

let database: TestDatabase;
let engine: RedisEngine;
let sql: Sql;
let group: string;
/** ms by which all gateways' clocks are ahead: time that passes without waiting. */
let ahead = 0;
const now = () => performance.timeOrigin + performance.now() + ahead;

beforeAll(async () => {
  [database, engine] = await Promise.all([testDatabase(), startRedis()]);
  sql = connectPostgres(database.url, { name: "test", pool: 5, statementTimeout: 5000 });
  await sql`insert into users (id, name) select id, id from unnest(${["alice", "bob", "carol", "dave"]}::text[]) id`;
  await sql`insert into users (id, name) select 'member' || n, 'member' from generate_series(1, 5000) n`;
  await conversation("DIRECT", ["alice", "bob"]);
  group = await conversation("GROUP", ["alice", "carol"]);
  await conversation(
    "COMMUNITY",
    ["alice", "dave"].concat(Array.from({ length: 200 }, (_, i) => `member${i + 1}`)),
  );
});
afterAll(async () => {
  await sql.end({ timeout: 2 });
  await Promise.all([database[Symbol.asyncDispose](), engine.stop()]);
});

async function conversation(type: string, members: string[]): Promise<string> {
  const [low, high] = type === "DIRECT" ? [...members].sort() : [null, null];
  const [row] = await sql<{ id: string }[]>`
    insert into conversations (id, type, created_by, direct_low, direct_high)
    values (gen_random_uuid(), ${type}, ${members[0] ?? ""}, ${low ?? null}, ${high ?? null}) returning id`;
  const id = row?.id ?? "";
  await sql`insert into participants (conversation_id, user_id) select ${id}, unnest(${members}::text[])`;
  return id;
}

interface Gateway extends PresenceService {
  redis: RedisClient | undefined;
  deliveries: Delivery[];
}

/** What all gateways announced, in order, as "user event". */
let told: string[] = [];
let gateways: Gateway[] = [];
const listeners = new Set<() => void>();

async function gateway(name: string, options: { redis?: boolean; wait?: boolean } = {}): Promise<Gateway> {
  const redis = options.redis === false ? undefined : connect();
  if (redis && options.wait !== false) await ready(redis);
  const deliveries: Delivery[] = [];
  const presence = createPresence({
    sql,
    redis,
    config: { PRESENCE_GRACE: GRACE, PRESENCE_AWAY_AFTER: AWAY_AFTER },
    gatewayId: name,
    log,
    now,
    announce(batch) {
      deliveries.push(...batch);
      for (const { event, payload } of batch)
        if (event !== "USER_PRESENCE_UPDATE") note(payload.userId, event);
      for (const { event, payload } of batch)
        if (event === "USER_PRESENCE_UPDATE") note(payload.userId, payload.status);
    },
  });
  const made = { ...presence, redis, deliveries };
  gateways.push(made);
  return made;
}

function note(userId: string, what: string): void {
  told.push(`${userId} ${what}`);
  for (const listener of listeners) listener();
}

function connect(): RedisClient {
  const client = connectRedis(
    { REDIS_URL: engine.url, REDIS_SENTINEL_NAME: "" } as Parameters<typeof connectRedis>[0],
    "commands",
    () => {},
  );
  if (!client) throw new Error("no Redis");
  return client;
}

function ready(client: RedisClient): Promise<void> {
  if (client.status === "ready") return Promise.resolve();
  return new Promise((resolve) => client.once("ready", () => resolve()));
}

/** Resolves when `line` has been told; rejects with what was told instead after 15 s. */
function heard(line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    function done(): void {
      if (!told.includes(line)) return;
      listeners.delete(done);
      clearTimeout(timer);
      resolve();
    }
    const timer = setTimeout(() => {
      listeners.delete(done);
      reject(new Error(`never heard "${line}", but ${JSON.stringify(told)}`));
    }, 15_000);
    listeners.add(done);
    done();
  });
}

/**
 * Resolves when everything that was under way on this gateway has been told: a marker of its own has gone
 * the same way after it, twice, since two rounds see all.
 */
async function quiet(on: Gateway): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const marker = `marker${round}-${Math.random().toString(36).slice(2)}`;
    await sql`insert into users (id, name) values (${marker}, 'marker'), (${`${marker}-friend`}, 'friend')`;
    await conversation("DIRECT", [marker, `${marker}-friend`]);
    on.connected(marker, "d");
    await heard(`${marker} online`);
  }
  told = told.filter((line) => !line.startsWith("marker"));
}

/** As if the process were killed: no word to Redis, and its lease has been over for a minute. */
async function kill(victim: Gateway, name: string, admin: RedisClient): Promise<void> {
  victim.redis?.disconnect();
  gateways = gateways.filter((one) => one !== victim);
  await victim.stop();
  await endLeaseOf(name, admin);
}

async function endLeaseOf(name: string, admin: RedisClient): Promise<string> {
  const lease = (await admin.zrange("presence:{gateways}", "0", "-1")).find((id) =>
    id.startsWith(`${name}.`),
  );
  if (!lease) throw new Error(`${name} has no lease`);
  await admin.zadd("presence:{gateways}", Date.now() - 61_000, lease);
  return lease;
}

beforeEach(async () => {
  told = [];
  gateways = [];
  const admin = connect();
  await ready(admin);
  await admin.flushall();
  admin.disconnect();
});
afterEach(async () => {
  await Promise.all(gateways.map((one) => one.stop()));
  for (const { redis } of gateways) redis?.disconnect();
});

describe("presence", () => {
  test("who comes online is told once, to those who share a conversation that is not too large", async () => {
    const one = await gateway("one");
    one.connected("alice", "phone");
    one.connected("dave", "phone");
    await heard("alice online");
    await quiet(one);
    expect(told).toEqual(["alice USER_ONLINE", "alice online"]);
    const [first, second] = one.deliveries;
    expect([...(first?.rooms ?? [])].sort()).toEqual([`conversation:${group}`, "user:bob"]);
    expect(first?.except).toEqual(["user:alice"]);
    expect(first?.payload).toMatchObject({ userId: "alice", status: "online" });
    expect(second?.event).toBe("USER_PRESENCE_UPDATE");
  });

  test("a device that is back within the grace was never gone; after it, it is, and was last seen when it left", async () => {
    const one = await gateway("one");
    one.connected("alice", "phone");
    await heard("alice online");
    one.disconnected("alice", "phone");
    ahead += GRACE / 2;
    one.connected("alice", "phone");
    ahead += GRACE * 2;
    await quiet(one);
    expect(told).toEqual(["alice USER_ONLINE", "alice online"]);

    const left = now();
    one.disconnected("alice", "phone");
    ahead += GRACE + 1;
    await heard("alice offline");
    expect(told.slice(2)).toEqual(["alice USER_OFFLINE", "alice offline"]);
    const [row] = await sql<{ last_seen: Date }[]>`select last_seen from users where id = 'alice'`;
    expect(Math.abs((row?.last_seen.getTime() ?? 0) - left)).toBeLessThan(50);
  });

  test("a device's new socket before its old one closes, on the same gateway, changes nothing", async () => {
    const one = await gateway("one");
    one.connected("alice", "phone");
    await heard("alice online");
    one.connected("alice", "phone");
    one.disconnected("alice", "phone");
    ahead += GRACE + 1;
    await quiet(one);
    expect(told).toEqual(["alice USER_ONLINE", "alice online"]);
  });

  test("of two gateways one tells: first device, last device", async () => {
    const [one, two] = [await gateway("one"), await gateway("two")];
    one.connected("alice", "phone");
    two.connected("alice", "laptop");
    await heard("alice online");
    await Promise.all([quiet(one), quiet(two)]);
    expect(told).toEqual(["alice USER_ONLINE", "alice online"]);
    one.disconnected("alice", "phone");
    ahead += GRACE + 1;
    await quiet(one);
    expect(told).toHaveLength(2);
    expect((await two.online(["alice"], "bob")).users).toMatchObject([{ userId: "alice", status: "online" }]);
    two.disconnected("alice", "laptop");
    ahead += GRACE + 1;
    await heard("alice offline");
    await Promise.all([quiet(one), quiet(two)]);
    expect(told.slice(2)).toEqual(["alice USER_OFFLINE", "alice offline"]);
    expect(await one.online(["alice"], "bob")).toEqual({ users: [], count: 0 });
  });

  test("a user is away when no device on any gateway was used for long, and back with the first use", async () => {
    const [one, two] = [await gateway("one"), await gateway("two")];
    one.connected("alice", "phone");
    two.connected("alice", "laptop");
    await heard("alice online");
    await Promise.all([quiet(one), quiet(two)]);
    ahead += AWAY_AFTER - 5000;
    two.active("alice", "laptop");
    ahead += 6000;
    await Promise.all([quiet(one), quiet(two)]);
    expect(told).toHaveLength(2);
    ahead += AWAY_AFTER;
    await heard("alice away");
    expect((await one.online(undefined, "bob")).users).toMatchObject([{ userId: "alice", status: "away" }]);
    one.active("alice", "phone");
    await Promise.all([quiet(one), quiet(two)]);
    expect(told.slice(2)).toEqual(["alice away", "alice online"]);
  });

  test("GET_ONLINE_USERS tells only of those who share a conversation with the caller", async () => {
    const one = await gateway("one");
    for (const user of ["alice", "bob", "carol", "dave", "member1"]) one.connected(user, "d");
    await quiet(one);
    const names = async (ids: string[] | undefined, caller: string) =>
      (await one.online(ids, caller)).users.map((user) => user.userId).sort();
    expect(await names(undefined, "alice")).toEqual(["bob", "carol"]);
    expect(await names(undefined, "bob")).toEqual(["alice"]);
    expect(await names(undefined, "dave")).toEqual([]); // the community is too large to be contacts
    expect(await names(["dave", "bob", "nobody"], "alice")).toEqual(["bob", "dave"]);
    expect(await names(["carol", "alice", "bob"], "bob")).toEqual(["alice", "bob"]);
  });

  test("Redis restarted empty: nobody is told anything, and it knows everybody again within seconds", async () => {
    const [one, two] = [await gateway("one"), await gateway("two")];
    one.connected("alice", "phone");
    two.connected("alice", "laptop");
    two.connected("bob", "phone");
    await heard("alice online");
    await heard("bob online");
    const before = told.length;
    await engine.restartEmpty();
    const restarted = performance.now();
    const admin = connect();
    await Promise.all([admin, one.redis, two.redis].map((client) => client && ready(client)));
    await expect.poll(() => admin.hlen("presence:user:alice"), { timeout: 10_000 }).toBe(2);
    await expect.poll(() => admin.hlen("presence:user:bob"), { timeout: 10_000 }).toBe(1);
    expect(performance.now() - restarted).toBeLessThan(8000);
    ahead += 3000;
    await Promise.all([quiet(one), quiet(two)]);
    expect(told).toHaveLength(before);
    // What is decided after it is decided rightly.
    one.disconnected("alice", "phone");
    two.disconnected("bob", "phone");
    ahead += GRACE + 1;
    await heard("bob offline");
    await quiet(one);
    expect(told.slice(before)).toEqual(["bob USER_OFFLINE", "bob offline"]);
    admin.disconnect();
  });

  test("without Redis for long a gateway tells what it knows, and puts it right when Redis is back", async () => {
    const [one, two] = [await gateway("one"), await gateway("two")];
    one.connected("alice", "phone");
    two.connected("alice", "laptop");
    await heard("alice online");
    await engine.kill();
    await expect.poll(() => one.redis?.status).not.toBe("ready");
    const late = await gateway("late", { wait: false });
    late.connected("bob", "phone");
    one.connected("carol", "phone");
    one.disconnected("alice", "phone");
    ahead += GRACE + 1;
    // The gateway's clock is ahead already when it notices; its patience starts then.
    await expect
      .poll(
        () => {
          ahead += 500;
          return told.filter((line) => /(bob|carol) online|alice offline/.test(line)).length;
        },
        { timeout: 10_000 },
      )
      .toBe(3);
    expect((await one.online(undefined, "alice")).users).toMatchObject([{ userId: "carol" }]);
    told = [];
    await engine.restartEmpty();
    await Promise.all([one.redis, two.redis].map((client) => client && ready(client)));
    const admin = connect();
    await ready(admin);
    // The clock stands until all have written what they know, as it would not pass 3 s before that.
    await expect.poll(() => admin.hlen("presence:user:alice"), { timeout: 10_000 }).toBe(1);
    await expect.poll(() => admin.hlen("presence:user:carol"), { timeout: 10_000 }).toBe(1);
    await expect.poll(() => admin.hlen("presence:user:bob"), { timeout: 10_000 }).toBe(1);
    admin.disconnect();
    await expect
      .poll(
        () => {
          ahead += 500;
          return told.some((line) => line === "alice online");
        },
        { timeout: 15_000 },
      )
      .toBe(true);
    expect(told).not.toContain("alice offline");
    expect(told).not.toContain("carol offline");
  });

  test("users of a killed gateway are announced offline once, those connected elsewhere not at all", async () => {
    const [victim, one, two] = [await gateway("victim"), await gateway("one"), await gateway("two")];
    for (const user of ["alice", "bob", "carol"]) victim.connected(user, "phone");
    await heard("carol online");
    one.connected("bob", "laptop");
    await quiet(one);
    const before = told.length;
    const admin = connect();
    await ready(admin);
    await kill(victim, "victim", admin);
    ahead += 10_000; // the others have had Redis for long enough
    await heard("alice offline");
    await heard("carol offline");
    await Promise.all([quiet(one), quiet(two)]);
    expect(told.slice(before).sort()).toEqual([
      "alice USER_OFFLINE",
      "alice offline",
      "carol USER_OFFLINE",
      "carol offline",
    ]);
    expect(await admin.hkeys("presence:user:bob")).toHaveLength(1);
    expect(await admin.zcard("presence:{gateways}")).toBe(2);
    admin.disconnect();
  });

  test("a gateway that stops hands over: who does not reconnect is announced after the grace", async () => {
    const [leaving, staying] = [await gateway("leaving"), await gateway("staying")];
    leaving.connected("alice", "phone");
    leaving.connected("bob", "phone");
    await heard("alice online");
    await heard("bob online");
    const before = told.length;
    ahead += 10_000;
    await quiet(staying);
    leaving.disconnected("alice", "phone");
    leaving.disconnected("bob", "phone");
    await leaving.stop();
    staying.connected("bob", "phone");
    await quiet(staying);
    expect(told).toHaveLength(before);
    await expect
      .poll(
        () => {
          ahead += 1000;
          return told.includes("alice offline");
        },
        { timeout: 10_000 },
      )
      .toBe(true);
    await quiet(staying);
    expect(told.slice(before)).toEqual(["alice USER_OFFLINE", "alice offline"]);
  });

  test("a gateway that was given up while it stood still announces its users anew", async () => {
    const [still, one] = [await gateway("still"), await gateway("one")];
    still.connected("alice", "phone");
    still.connected("bob", "phone");
    one.connected("bob", "laptop");
    await heard("alice online");
    await Promise.all([quiet(still), quiet(one)]);
    const before = told.length;
    const admin = connect();
    await ready(admin);
    // It holds a lease, but its name is among those that were claimed, and its devices are away.
    const name = await endLeaseOf("still", admin);
    await claimAndSweep(admin, name);
    ahead += 3000;
    await heard("alice online");
    await Promise.all([quiet(still), quiet(one)]);
    expect(told.slice(before)).toEqual(["alice USER_ONLINE", "alice online"]);
    expect(await admin.hkeys("presence:user:alice")).toHaveLength(1);
    admin.disconnect();
  });

  test("when no gateway is left the worker cleans up, and notes when users were last seen", async () => {
    const last = await gateway("last");
    last.connected("carol", "phone");
    await heard("carol online");
    const admin = connect();
    await ready(admin);
    await presenceSweep({ sql, redis: admin, log }, AbortSignal.timeout(5000));
    expect(await admin.exists("presence:user:carol")).toBe(1); // it still lives
    await kill(last, "last", admin);
    expect(await liveGateways(admin)).toBe(0);
    await presenceSweep({ sql, redis: admin, log }, AbortSignal.timeout(5000));
    expect(await admin.keys("presence:user:*")).toEqual([]);
    expect(await admin.keys("presence:gateway:*")).toEqual([]);
    const [row] = await sql<{ last_seen: Date | null }[]>`select last_seen from users where id = 'carol'`;
    expect(row?.last_seen).toBeInstanceOf(Date);
    admin.disconnect();
  });

  test("a gateway without any Redis works by itself", async () => {
    const alone = await gateway("alone", { redis: false });
    alone.connected("alice", "phone");
    alone.connected("bob", "phone");
    await heard("bob online");
    expect((await alone.online(undefined, "alice")).users).toMatchObject([{ userId: "bob" }]);
    alone.disconnected("bob", "phone");
    ahead += GRACE + 1;
    await heard("bob offline");
    expect(await alone.online(undefined, "alice")).toEqual({ users: [], count: 0 });
  });

  test("5,000 users who connect at once are all known and told within seconds", async () => {
    const one = await gateway("one");
    await sql`
      insert into conversations (id, type, created_by, direct_low, direct_high)
      select gen_random_uuid(), 'DIRECT', id, least(id, 'bob'), greatest(id, 'bob')
      from users where id like 'member%' on conflict do nothing`;
    await sql`
      insert into participants (conversation_id, user_id)
      select c.id, u from conversations c, unnest(array[c.direct_low, c.direct_high]) u
      where c.type = 'DIRECT' on conflict do nothing`;
    await sql`analyze`; // as autovacuum does within a minute: the plans until now are those for ten rows
    const began = performance.now();
    for (let i = 1; i <= 5000; i++) one.connected(`member${i}`, "phone");
    const noted = performance.now() - began;
    await expect.poll(() => one.deliveries.length, { timeout: 15_000 }).toBe(10_000);
    const took = performance.now() - began;
    const admin = connect();
    await ready(admin);
    expect(await admin.eval("return #redis.call('KEYS', 'presence:user:*')", 0)).toBe(5000);
    admin.disconnect();
    expect(took).toBeLessThan(8000);
    expect(noted).toBeLessThan(200);
  });
});

/** What another gateway does with one that is gone. */
async function claimAndSweep(admin: RedisClient, name: string): Promise<void> {
  const claimed = await claimDead(admin, 30_000);
  expect(claimed.map((dead) => dead.gateway)).toEqual([name]);
  for await (const _ of sweepGateway(admin, name));
}
