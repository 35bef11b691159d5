import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChatError } from "../protocol/errors.ts";
import { createMemoryCounters, type Limit } from "./limit-counters.ts";
import { createLimits, type LimitsConfig } from "./limits.ts";
import { modelOf, takesOf } from "./limits-model.ts";

const off: LimitsConfig = {
  RATE_LIMIT_MESSAGES_PER_MINUTE: 0,
  RATE_LIMIT_MESSAGES_PER_HOUR: 0,
  RATE_LIMIT_CONVERSATION_PER_MINUTE: 0,
  RATE_LIMIT_UPLOADS_PER_HOUR: 0,
  RATE_LIMIT_LOGINS_PER_MINUTE: 0,
};
const uncounted = { limitAnsweredLocally: () => {}, rateLimited: () => {} };

/** The error's `retryAfter`, or 0 when the request was let through. */
async function retryAfter(request: Promise<void> | undefined): Promise<number> {
  try {
    await request;
    return 0;
  } catch (error) {
    if (error instanceof ChatError && error.code === "RATE_LIMIT_EXCEEDED") return error.retryAfter ?? -1;
    throw error;
  }
}

function limitsWith(config: Partial<LimitsConfig>) {
  const clock = { now: 0 };
  return { clock, limits: createLimits({ ...off, ...config }, undefined, uncounted, () => clock.now) };
}

describe("rate limits", () => {
  test("0 switches a limit off, at no cost: not even a promise", () => {
    const { limits } = limitsWith({});
    expect(limits.message("u", "c")).toBeUndefined();
    expect(limits.message("u", "c", null)).toBeUndefined();
    expect(limits.upload("u")).toBeUndefined();
  });

  test("retryAfter is in whole seconds, rounded up, and right: the next request then succeeds", async () => {
    const { clock, limits } = limitsWith({ RATE_LIMIT_MESSAGES_PER_MINUTE: 2 });
    expect(await retryAfter(limits.message("u", "c"))).toBe(0);
    clock.now = 30_400;
    expect(await retryAfter(limits.message("u", "c"))).toBe(0);
    expect(await retryAfter(limits.message("u", "c"))).toBe(30);
    clock.now = 59_999.5;
    expect(await retryAfter(limits.message("u", "c"))).toBe(1);
    clock.now = 60_000;
    expect(await retryAfter(limits.message("u", "c"))).toBe(0);
  });

  test("the limit that holds longest is the one told", async () => {
    const { limits } = limitsWith({ RATE_LIMIT_MESSAGES_PER_MINUTE: 1, RATE_LIMIT_MESSAGES_PER_HOUR: 1 });
    expect(await retryAfter(limits.message("u", "c"))).toBe(0);
    expect(await retryAfter(limits.message("u", "c"))).toBe(3600);
  });

  test("a request refused by one limit takes nothing from the others", async () => {
    const { limits } = limitsWith({
      RATE_LIMIT_MESSAGES_PER_MINUTE: 3,
      RATE_LIMIT_CONVERSATION_PER_MINUTE: 1,
    });
    expect(await retryAfter(limits.message("u", "one"))).toBe(0);
    for (let i = 0; i < 10; i++) expect(await retryAfter(limits.message("u", "one"))).toBe(60);
    expect(await retryAfter(limits.message("u", "two"))).toBe(0);
    expect(await retryAfter(limits.message("u", "three"))).toBe(0);
    expect(await retryAfter(limits.message("u", "four"))).toBe(60);
    expect(await retryAfter(limits.message("v", "one"))).toBe(0);
  });

  test("a conversation's own limit replaces the general one; 0 switches it off there", async () => {
    const { limits } = limitsWith({ RATE_LIMIT_CONVERSATION_PER_MINUTE: 1 });
    expect(await retryAfter(limits.message("u", "strict", 2))).toBe(0);
    expect(await retryAfter(limits.message("u", "strict", 2))).toBe(0);
    expect(await retryAfter(limits.message("u", "strict", 2))).toBe(60);
    expect(limits.message("u", "free", 0)).toBeUndefined();
    expect(await retryAfter(limits.message("u", "plain", null))).toBe(0);
    expect(await retryAfter(limits.message("u", "plain", null))).toBe(60);
  });

  test("only failed logins count: a right one is given back", async () => {
    const { limits } = limitsWith({ RATE_LIMIT_LOGINS_PER_MINUTE: 2 });
    const { email, address } = limits.logins;
    for (let i = 0; i < 5; i++) {
      expect(await retryAfter(email.consume("alice"))).toBe(0);
      await email.giveBack("alice");
    }
    expect(await retryAfter(email.consume("alice"))).toBe(0);
    expect(await retryAfter(email.consume("alice"))).toBe(0);
    expect(await retryAfter(email.consume("alice"))).toBe(60);
    expect(await retryAfter(email.consume("bob"))).toBe(0);
    for (let i = 0; i < 20; i++) expect(await retryAfter(address.consume("10.0.0.1"))).toBe(0);
    expect(await retryAfter(address.consume("10.0.0.1"))).toBe(60);
  });

  test("counters in memory decide as the model does, whatever comes when", () => {
    fc.assert(
      fc.property(takesOf, (steps) => {
        let now = 0;
        const counters = createMemoryCounters(() => now);
        const model = modelOf();
        for (const { after, limits, giveBack } of steps) {
          now += after;
          const refusal = counters.take(limits);
          expect(refusal && { key: refusal.limit.key, wait: refusal.wait }).toEqual(model.take(limits, now));
          if (giveBack && !refusal) {
            counters.giveBack(limits);
            model.giveBack(limits, now);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("counters in memory are dropped when their windows have ended", () => {
    let now = 0;
    const counters = createMemoryCounters(() => now);
    const limit = (key: string): Limit => ({ name: "n", what: "things", key, points: 1, window: 1000 });
    for (let i = 0; i < 50_000; i++) {
      now += 1;
      counters.take([limit(String(i))]);
    }
    expect(counters.size()).toBeLessThanOrEqual(10_000);
  });
});
