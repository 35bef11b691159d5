/**
 * Counters of rate limits: fixed windows that open with their first point. In Redis for all gateways
 * together, in memory with the same rules while Redis is away.
 */
import { luaScript } from "./lua/script.ts";
import type { RedisClient } from "./redis.ts";

export interface Limit {
  /** What it is called in metrics. */
  name: string;
  /** What it limits, as a user would say it. */
  what: string;
  key: string;
  points: number;
  /** Length of the window, in ms. */
  window: number;
}

/** The limit that will hold longest, and for how many ms. */
export interface Refusal {
  limit: Limit;
  wait: number;
}

const takePoints = luaScript("take-points.lua");
const returnPoints = luaScript("return-points.lua");

/** Takes a point of each limit or of none, in one round trip. Rejects when Redis does not answer. */
export async function takeFromRedis(
  redis: RedisClient,
  limits: readonly Limit[],
): Promise<Refusal | undefined> {
  const answer = (await takePoints(
    redis,
    limits.map((limit) => limit.key),
    limits.flatMap((limit) => [limit.points, limit.window]),
  )) as [number, number];
  const limit = limits[answer[0] - 1];
  return limit && { limit, wait: answer[1] };
}

/** Gives a point back to each limit whose window is still open. Rejects when Redis does not answer. */
export async function returnToRedis(redis: RedisClient, limits: readonly Limit[]): Promise<void> {
  await returnPoints(
    redis,
    limits.map((limit) => limit.key),
  );
}

/** How many counters are kept before those whose windows have ended are looked for. */
const SWEEP_FROM = 10_000;

/** The same counters in this process's memory; ended ones are dropped as new ones come. */
export function createMemoryCounters(now: () => number) {
  const counters = new Map<string, { count: number; until: number }>();
  let sweepAt = SWEEP_FROM;

  function open(key: string, at: number) {
    const counter = counters.get(key);
    return counter !== undefined && counter.until > at ? counter : undefined;
  }

  function sweep(at: number): void {
    for (const [key, counter] of counters) if (counter.until <= at) counters.delete(key);
    sweepAt = Math.max(SWEEP_FROM, 2 * counters.size);
  }

  return {
    size: () => counters.size,
    take(limits: readonly Limit[]): Refusal | undefined {
      const at = now();
      let refusal: Refusal | undefined;
      for (const limit of limits) {
        const counter = open(limit.key, at);
        const wait = counter && counter.count >= limit.points ? counter.until - at : 0;
        if (wait > (refusal?.wait ?? 0)) refusal = { limit, wait };
      }
      if (refusal) return refusal;
      for (const limit of limits) {
        const counter = open(limit.key, at);
        if (counter) counter.count++;
        else counters.set(limit.key, { count: 1, until: at + limit.window });
      }
      if (counters.size >= sweepAt) sweep(at);
      return undefined;
    },
    giveBack(limits: readonly Limit[]): void {
      const at = now();
      for (const limit of limits) {
        const counter = open(limit.key, at);
        if (counter && counter.count > 0) counter.count--;
      }
    },
  };
}
