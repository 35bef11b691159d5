import { expect, test } from "vitest";
import { startRedis } from "../../engines/redis.ts";
import { connectRedis } from "../redis.ts";
import { luaScript } from "./script.ts";

const takePoints = luaScript("take-points.lua");

// It ended a gateway: the pipeline of the turn did not have the script, and gave one answer too few.
test("a script that is called for the first time while other commands wait is answered, and so are they", async () => {
  await using engine = await startRedis();
  const config = { REDIS_URL: engine.url, REDIS_SENTINEL_NAME: "nexus" } as Parameters<
    typeof connectRedis
  >[0];
  const redis = connectRedis(config, "commands", () => {});
  if (!redis) throw new Error("no Redis");
  try {
    await new Promise<void>((resolve) => redis.once("ready", () => resolve()));
    const before = redis.set("a", "1");
    const answer = takePoints(redis, ["{t}:1"], [1, 10, 1000]);
    const after = redis.get("a");
    expect(await before).toBe("OK");
    expect(await answer).toBeDefined();
    expect(await after).toBe("1");
  } finally {
    redis.disconnect();
  }
});
