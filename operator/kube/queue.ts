/**
 * Work by key: each key is worked on by one at a time, changes in the meantime are one more run, failures come back
 * with growing waits.
 *
 *   add ──► waiting ──(its time has come, a place is free)──► running ──ok──► gone, or waiting for its time
 *              ▲                                                │  └─failed──► waiting, longer each time
 *              └───────────────── added while it ran ───────────┘
 */
import { backoff } from "./backoff.ts";

export interface QueueOptions {
  /** Works on one key. Resolves with the ms after which it wants to be called again, if it does. */
  work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  onError: (key: string, error: unknown, retryIn: number) => void;
  /** Keys worked on at the same time. */
  concurrency?: number;
  /** ms that an addition waits for others that belong to it. */
  gather?: number;
  /** ms of the first and the longest wait after failures. */
  retry?: { first: number; longest: number };
  random?: () => number;
}

export interface Queue {
  /** Has the key worked on in `delay` ms, or sooner if that is already planned. */
  add(key: string, delay?: number): void;
  /** Drops what is planned for the key, and its failures. */
  forget(key: string): void;
  /** Keys whose time has come or that are being worked on. */
  depth(): number;
  /** ms for which the longest run has been going on. */
  longestRun(): number;
  /** Takes nothing new, aborts the signal of what runs, resolves when it has ended. */
  stop(): Promise<void>;
}

interface Waiting {
  at: number;
}

/** After a failure changes of the cluster may hasten the next try, but not to more than one a second. */
const HASTENED = 1000;

export function createQueue(options: QueueOptions): Queue {
  const { concurrency = 2, gather = 50, retry = { first: 500, longest: 30_000 }, random } = options;
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, { since: number; ended: Promise<void> }>();
  const failures = new Map<string, number>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;

  function plan(key: string, delay: number): void {
    if (stopping.signal.aborted) return;
    const at = performance.now() + delay;
    const planned = waiting.get(key);
    if (planned === undefined) waiting.set(key, { at });
    else planned.at = Math.min(planned.at, at);
    turn();
  }

  /** Starts what is due and sleeps until the next is. */
  function turn(): void {
    clearTimeout(timer);
    if (stopping.signal.aborted) return;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    for (const [key, { at }] of waiting) {
      if (running.has(key) || running.size >= concurrency) continue; // its end turns again
      if (at <= now) start(key);
      else next = Math.min(next, at - now);
    }
    // Node's timers take at most 2^31 ms, and fire up to 1 ms early by this clock.
    if (next !== Number.POSITIVE_INFINITY) timer = setTimeout(turn, Math.min(Math.ceil(next) + 1, 2 ** 30));
  }

  function start(key: string): void {
    waiting.delete(key);
    const ended = run(key).finally(() => {
      running.delete(key);
      turn();
    });
    running.set(key, { since: performance.now(), ended });
  }

  async function run(key: string): Promise<void> {
    await undefined; // so that `running` holds the key before its work begins
    try {
      const again = await options.work(key, stopping.signal);
      failures.delete(key);
      if (again !== undefined) plan(key, again);
    } catch (error) {
      if (stopping.signal.aborted) return;
      const count = (failures.get(key) ?? 0) + 1;
      failures.set(key, count);
      const wait = backoff(count, retry, random);
      options.onError(key, error, wait);
      // Additions during the run must not turn into an immediate try either.
      const planned = waiting.get(key);
      if (planned) planned.at = Math.max(planned.at, performance.now() + Math.min(wait, HASTENED));
      plan(key, wait);
    }
  }

  return {
    add(key, delay = gather) {
      plan(key, failures.has(key) ? Math.max(delay, HASTENED) : delay);
    },
    forget(key) {
      waiting.delete(key);
      failures.delete(key);
    },
    depth() {
      const now = performance.now();
      return running.size + [...waiting.values()].filter(({ at }) => at <= now).length;
    },
    longestRun() {
      const now = performance.now();
      return Math.max(0, ...[...running.values()].map(({ since }) => now - since));
    },
    async stop() {
      stopping.abort(new Error("stopped"));
      clearTimeout(timer);
      waiting.clear();
      await Promise.allSettled([...running.values()].map(({ ended }) => ended));
    },
  };
}
