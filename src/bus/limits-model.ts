/** What rate limits must do, said as simply as possible: the tests hold both kinds of counters against it. */
import fc from "fast-check";
import type { Limit } from "./limit-counters.ts";

const limit = fc.constantFrom("a", "b", "c").map(
  (key): Limit => ({
    name: key,
    what: "things",
    key: `{t}:${key}`,
    points: { a: 1, b: 2, c: 4 }[key] ?? 1,
    window: { a: 2000, b: 5000, c: 9000 }[key] ?? 1000,
  }),
);

/** Requests with the ms that pass before each, whole seconds so that a real clock's few ms change nothing. */
export const takesOf = fc.array(
  fc.record({
    after: fc.integer({ min: 0, max: 4 }).map((seconds) => seconds * 1000),
    limits: fc.uniqueArray(limit, { minLength: 1, maxLength: 3, selector: (one) => one.key }),
    giveBack: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** Remembers every accepted request and works everything out of that. */
export function modelOf() {
  const log: { key: string; at: number; points: 1 | -1 }[] = [];

  /** The window that is open at `at`: when it began, and the points taken in it. */
  function windowOf({ key, window }: Limit, at: number): { start: number; taken: number } | undefined {
    let start: number | undefined;
    let taken = 0;
    for (const entry of log.filter((one) => one.key === key)) {
      if (start === undefined || entry.at >= start + window) {
        start = entry.at;
        taken = 0;
      }
      taken += entry.points;
    }
    return start !== undefined && at < start + window ? { start, taken } : undefined;
  }

  return {
    take(limits: readonly Limit[], at: number): { key: string; wait: number } | undefined {
      const refusals = limits.flatMap((one) => {
        const open = windowOf(one, at);
        return open && open.taken >= one.points ? [{ key: one.key, wait: open.start + one.window - at }] : [];
      });
      refusals.sort((a, b) => b.wait - a.wait);
      if (refusals.length === 0) for (const { key } of limits) log.push({ key, at, points: 1 });
      return refusals[0];
    },
    giveBack(limits: readonly Limit[], at: number): void {
      for (const { key } of limits) log.push({ key, at, points: -1 });
    },
  };
}
