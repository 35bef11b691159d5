import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type RedisEngine, startRedis } from "./redis.ts";

let engine: RedisEngine;
const clients: Redis[] = [];

function client(): Redis {
  const redis = new Redis(engine.url, { commandTimeout: 10_000 });
  redis.on("error", () => {}); // the last test takes the server away
  clients.push(redis);
  return redis;
}

beforeAll(async () => {
  engine = await startRedis();
});
afterAll(async () => {
  for (const redis of clients) redis.disconnect();
  await engine.stop();
});

test("a round trip takes less than a millisecond", async () => {
  const redis = client();
  await redis.incr("n");
  const began = performance.now();
  for (let count = 0; count < 500; count++) await redis.incr("n");
  expect((performance.now() - began) / 500).toBeLessThan(1);
});

test("a blocked XREAD wakes at the XADD and not at the next tick of 100 ms", async () => {
  const [reader, writer] = [client(), client()];
  const id = await reader.client("ID");
  const waits: number[] = [];
  for (let round = 0; round < 9; round++) {
    const blocked = reader.xread("BLOCK", 5_000, "STREAMS", "stream", "$");
    await expect.poll(() => writer.client("LIST"), { interval: 5 }).toMatch(new RegExp(`id=${id} .*flags=b`));
    const began = performance.now();
    await writer.xadd("stream", "*", "round", String(round));
    expect(await blocked).toEqual([["stream", [[expect.any(String), ["round", String(round)]]]]]);
    waits.push(performance.now() - began);
  }
  expect(waits.sort((a, b) => a - b)[4]).toBeLessThan(20);
});

test("Lua runs by its hash, and its errors come back as errors", async () => {
  const redis = client();
  const sha = (await redis.script("LOAD", "return redis.call('INCRBY', KEYS[1], ARGV[1])")) as string;
  expect(await redis.evalsha(sha, 1, "counted", 5)).toBe(5);
  await redis.set("text", "abc");
  await expect(redis.evalsha(sha, 1, "text", 5)).rejects.toThrow(/not an integer/);
});

test("Pub/Sub delivers and counts, by channel and by shard", async () => {
  const [subscriber, sharded, publisher] = [client(), client(), client()];
  await subscriber.subscribe("channel");
  await sharded.ssubscribe("shard");
  expect(await publisher.pubsub("NUMSUB", "channel")).toEqual(["channel", 1]);
  const heard = new Promise((resolve) => subscriber.once("message", (...args) => resolve(args)));
  const heardSharded = new Promise((resolve) => sharded.once("smessage", (...args) => resolve(args)));
  await publisher.publish("channel", "one");
  await publisher.spublish("shard", "two");
  expect(await heard).toEqual(["channel", "one"]);
  expect(await heardSharded).toEqual(["shard", "two"]);
});

test("keys expire by themselves", async () => {
  const redis = client();
  await redis.set("short", "1", "PX", 100);
  await expect.poll(() => redis.exists("short")).toBe(0);
});

test("a port that somebody else has is refused", async () => {
  await expect(startRedis({ port: engine.port })).rejects.toThrow(/taken/);
});

test("it comes back empty on the same port", async () => {
  const redis = client();
  await redis.set("lost", "1");
  const { url } = engine;
  await engine.restartEmpty();
  expect(engine.url).toBe(url);
  await expect.poll(() => redis.get("lost").catch((error: Error) => error.message)).toBeNull();
});
