import * as fc from "fast-check";
import { expect, test } from "vitest";
import { backoff, pause } from "./backoff.ts";

test("waits lie between half of the doubled first and the longest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (n, chance) => {
        const wait = backoff(n, { first: 100, longest: 5000 }, () => chance);
        const whole = Math.min(5000, 100 * 2 ** (n - 1));
        expect(wait).toBeGreaterThanOrEqual(whole / 2);
        expect(wait).toBeLessThanOrEqual(whole);
      },
    ),
  );
});

test("a pause ends at once when it is no longer wanted", async () => {
  const stop = new AbortController();
  const paused = pause(60_000, stop.signal);
  stop.abort();
  await paused;
  await pause(60_000, stop.signal);
});
