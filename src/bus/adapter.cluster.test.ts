import { Redis } from "ioredis";
import { Server } from "socket.io";
import { expect, test, vi } from "vitest";
import { type RedisEngine, startRedis } from "../engines/redis.ts";
import { createClusterBus } from "./adapter.ts";
import type { Delivery } from "./delivery.ts";
import { connectRedis, type RedisClient } from "./redis.ts";

/** What a gateway has of the bus, in this process. */
function member(engine: RedisEngine, stack: AsyncDisposableStack) {
  const connections = { REDIS_URL: engine.url, REDIS_SENTINEL_NAME: "nexus" };
  const client = connectRedis({ ...connections } as never, "adapter", () => {}) as RedisClient;
  const heard: Delivery[] = [];
  const settings = { REDIS_ADAPTER: "streams", REDIS_STREAM_MAXLEN: 1000 } as const;
  const bus = createClusterBus(
    settings,
    { publisher: client, subscriber: client },
    {
      now: Date.now,
      received: (deliveries) => void heard.push(...deliveries),
      passing: (_, hand) => hand(),
      lost() {},
    },
  );
  const namespace = new Server({ adapter: bus.adapter as never }).of("/ws");
  stack.defer(() => {
    bus.close();
    client.disconnect();
  });
  return { bus, namespace, heard };
}

test("a gateway on a silent platform takes its place in the stream, so that the first message is not missed", async () => {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startRedis());
  const redis = new Redis(engine.url);
  stack.defer(() => redis.disconnect());
  const [one, two] = [member(engine, stack), member(engine, stack)];
  await vi.waitFor(async () => expect(await redis.xlen("nexus")).toBeGreaterThan(0), { timeout: 5_000 });
  // It stops once it is heard: between two looks further apart than its pauses nothing is added.
  await vi.waitFor(
    async () => {
      const before = await redis.xlen("nexus");
      await new Promise((resolve) => setTimeout(resolve, 400));
      expect(await redis.xlen("nexus")).toBe(before);
    },
    { timeout: 5_000 },
  );
  const delivery: Delivery = { event: "USER_ONLINE", payload: { userId: "u" }, rooms: ["user:x"] };
  expect(one.bus.publish(one.namespace as never, [delivery])).toBe(true);
  await vi.waitFor(() => expect(two.heard).toEqual([delivery]));
  expect(one.heard).toEqual([]);
});

test("after Redis was restarted empty the members hear one another again", async () => {
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(await startRedis());
  const [one, two] = [member(engine, stack), member(engine, stack)];
  const say = (userId: string) =>
    one.bus.publish(one.namespace as never, [{ event: "USER_ONLINE", payload: { userId }, rooms: ["r"] }]);
  await vi.waitFor(() => expect(say("before") && two.heard.length > 0).toBe(true), { timeout: 5_000 });
  await engine.kill();
  await vi.waitFor(() => expect(one.bus.connected).toBe(false), { timeout: 5_000 });
  expect(say("lost")).toBe(false);
  await engine.restartEmpty();
  await vi.waitFor(
    () => {
      say("after");
      expect(two.heard.map(({ payload }) => (payload as { userId: string }).userId)).toContain("after");
    },
    { timeout: 8_000, interval: 200 },
  );
});
