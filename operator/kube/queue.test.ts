import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createQueue } from "./queue.ts";

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test("no key is worked on twice at a time, no more keys than places, and after the last addition each is worked on once more", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ key: fc.constantFrom("a", "b", "c", "d"), after: fc.integer({ min: 0, max: 4 }) }),
        {
          minLength: 1,
          maxLength: 40,
        },
      ),
      fc.integer({ min: 1, max: 3 }),
      async (additions, concurrency) => {
        const running = new Set<string>();
        const problems: string[] = [];
        const added = new Map<string, number>();
        const startedAfter = new Map<string, number>();
        const queue = createQueue({
          concurrency,
          gather: 1,
          async work(key) {
            if (running.has(key)) problems.push(`${key} twice`);
            running.add(key);
            if (running.size > concurrency) problems.push("too many");
            startedAfter.set(key, added.get(key) ?? 0);
            await sleep(2);
            running.delete(key);
            return undefined;
          },
          onError: (_key, error) => problems.push(String(error)),
        });
        for (const [i, { key, after }] of additions.entries()) {
          await sleep(after);
          added.set(key, i);
          queue.add(key);
        }
        while (queue.depth() > 0 || [...added].some(([key, i]) => startedAfter.get(key) !== i))
          await sleep(1);
        await queue.stop();
        expect(problems).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});

test("additions that come together are one run", async () => {
  let runs = 0;
  const queue = createQueue({ gather: 20, work: async () => void runs++, onError: () => {} });
  for (let i = 0; i < 10; i++) queue.add("a");
  await expect.poll(() => runs).toBe(1);
  await sleep(50);
  expect(runs).toBe(1);
  await queue.stop();
});

test("failures come back with growing waits, and a success ends that", async () => {
  const waits: number[] = [];
  let left = 4;
  const queue = createQueue({
    gather: 0,
    retry: { first: 10, longest: 40 },
    random: () => 1,
    async work() {
      if (left-- > 0) throw new Error("not yet");
      return undefined;
    },
    onError: (_key, _error, retryIn) => waits.push(retryIn),
  });
  queue.add("a");
  await expect.poll(() => left).toBe(-1);
  expect(waits).toEqual([10, 20, 40, 40]);
  left = 1;
  queue.add("a");
  await expect.poll(() => waits.length).toBe(5);
  expect(waits[4]).toBe(10);
  await queue.stop();
});

test("a failing key is not hastened into a tight loop by changes", async () => {
  let runs = 0;
  const queue = createQueue({
    gather: 0,
    retry: { first: 5000, longest: 5000 },
    async work() {
      runs++;
      throw new Error("no");
    },
    onError: () => {},
  });
  queue.add("a");
  await expect.poll(() => runs).toBe(1);
  for (let i = 0; i < 20; i++) {
    queue.add("a");
    await sleep(5);
  }
  expect(runs).toBe(1);
  await queue.stop();
});

test("a run may ask to be repeated, and an addition in the meantime is sooner", async () => {
  const runs: number[] = [];
  const queue = createQueue({
    gather: 0,
    async work() {
      runs.push(performance.now());
      return runs.length === 1 ? 60_000 : undefined;
    },
    onError: () => {},
  });
  queue.add("a");
  await expect.poll(() => runs.length).toBe(1);
  queue.add("a");
  await expect.poll(() => runs.length).toBe(2);
  await queue.stop();
});

test("stop lets what runs end, tells it so, and starts nothing more", async () => {
  const ended: string[] = [];
  const queue = createQueue({
    gather: 0,
    concurrency: 1,
    async work(key, signal) {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      await sleep(20);
      ended.push(key);
      return 0;
    },
    onError: () => {},
  });
  queue.add("a");
  queue.add("b");
  await expect.poll(() => queue.longestRun()).toBeGreaterThan(0);
  await queue.stop();
  expect(ended).toEqual(["a"]);
  queue.add("c");
  await sleep(30);
  expect(ended).toEqual(["a"]);
  expect(queue.depth()).toBe(0);
});
