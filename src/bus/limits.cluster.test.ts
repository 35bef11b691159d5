import fc from "fast-check";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisEngine, startRedis } from "../engines/redis.ts";
import type { ChatError } from "../protocol/errors.ts";
import { returnToRedis, takeFromRedis } from "./limit-counters.ts";
import { createLimits } from "./limits.ts";
import { modelOf, takesOf } from "./limits-model.ts";
import { connectRedis, type RedisClient } from "./redis.ts";

let engine: RedisEngine;
let redis: RedisClient;
beforeAll(async () => {
  engine = await startRedis();
  redis = connect();
  await new Promise<void>((resolve) => redis.once("ready", () => resolve()));
});
afterAll(async () => {
  redis.disconnect();
  await engine.stop();
});

function connect(): RedisClient {
  const config = { REDIS_URL: engine.url, REDIS_SENTINEL_NAME: "nexus" } as Parameters<
    typeof connectRedis
  >[0];
  const client = connectRedis(config, "commands", () => {});
  if (!client) throw new Error("no Redis");
  return client;
}

/** Lets time pass for all counters, without waiting: brings their ends nearer. */
const PASS = `for _, key in ipairs(redis.call('KEYS', '{t}:*')) do
  local left = redis.call('PTTL', key) - tonumber(ARGV[1])
  if left <= 0 then redis.call('DEL', key) else redis.call('PEXPIRE', key, left) end
end`;

test("counters in Redis decide as the model does, whatever comes when", async () => {
  await fc.assert(
    fc.asyncProperty(takesOf, async (steps) => {
      await redis.flushall();
      const model = modelOf();
      let now = 0;
      for (const { after, limits, giveBack } of steps) {
        now += after;
        if (after > 0) await redis.eval(PASS, 0, after);
        const refusal = await takeFromRedis(redis, limits);
        const expected = model.take(limits, now);
        // The ms that the test itself takes are real: only they may differ. Two limits that end within
        // them are a tie, which either may win.
        expect(refusal === undefined).toBe(expected === undefined);
        if (refusal && expected) expect(Math.ceil(refusal.wait / 1000) * 1000).toBe(expected.wait);
        if (giveBack && !refusal) {
          await returnToRedis(redis, limits);
          model.giveBack(limits, now);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("two gateways count together, and each alone while Redis is away", async () => {
  const config = {
    RATE_LIMIT_MESSAGES_PER_MINUTE: 5,
    RATE_LIMIT_MESSAGES_PER_HOUR: 0,
    RATE_LIMIT_CONVERSATION_PER_MINUTE: 0,
    RATE_LIMIT_UPLOADS_PER_HOUR: 0,
    RATE_LIMIT_LOGINS_PER_MINUTE: 0,
  };
  let local = 0;
  const metrics = { limitAnsweredLocally: () => local++, rateLimited: () => {} };
  const other = connect();
  await new Promise<void>((resolve) => other.once("ready", () => resolve()));
  const gateways = [createLimits(config, redis, metrics), createLimits(config, other, metrics)];
  const user = "auth0|{7}";
  const send = async (gateway: number): Promise<number> => {
    try {
      await gateways[gateway % 2]?.message(user, "c");
      return 0;
    } catch (error) {
      return (error as ChatError).retryAfter ?? -1;
    }
  };
  const first = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i)));
  expect(first.filter((after) => after === 0)).toHaveLength(5);
  expect(first.filter((after) => after === 60)).toHaveLength(15);
  expect(local).toBe(0);

  await engine.kill();
  expect([await send(0), await send(1)]).toEqual([0, 0]);
  expect(local).toBe(2);
  await engine.restartEmpty();
  await Promise.all([redis, other].map(ready));
  other.disconnect();
}, 30_000);

function ready(client: RedisClient): Promise<void> {
  if (client.status === "ready") return Promise.resolve();
  return new Promise((resolve) => client.once("ready", () => resolve()));
}

test("all keys of a user are on one node of a Redis Cluster, whatever the user is called", async () => {
  const keys: string[] = [];
  const monitor = new Redis(engine.url);
  monitor.on("error", () => {});
  const limits = createLimits(
    {
      RATE_LIMIT_MESSAGES_PER_MINUTE: 5,
      RATE_LIMIT_MESSAGES_PER_HOUR: 5,
      RATE_LIMIT_CONVERSATION_PER_MINUTE: 5,
      RATE_LIMIT_UPLOADS_PER_HOUR: 0,
      RATE_LIMIT_LOGINS_PER_MINUTE: 0,
    },
    redis,
    { limitAnsweredLocally: () => {}, rateLimited: () => {} },
  );
  await redis.flushall();
  await limits.message("}a{b}%", "c");
  keys.push(...(await monitor.keys("*")));
  monitor.disconnect();
  expect(keys).toHaveLength(3);
  const tags = keys.map((key) => /\{([^}]*)\}/.exec(key)?.[1]);
  expect(new Set(tags).size).toBe(1);
  expect(tags[0]).not.toBe("");
});
