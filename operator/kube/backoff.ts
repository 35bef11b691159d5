/** How long to wait before the next try. */

export interface BackoffRange {
  /** ms of the first wait, and the longest one. */
  first: number;
  longest: number;
}

/**
 * ms to wait after `failures` failures in a row (1 and up): doubled each time up to `longest`, of which between a half
 * and all by chance, so that those that failed together do not come back together.
 */
export function backoff(failures: number, range: BackoffRange, random: () => number = Math.random): number {
  const whole = Math.min(range.longest, range.first * 2 ** Math.min(Math.max(0, failures - 1), 30));
  return whole * (0.5 + random() / 2);
}

/** Resolves after `ms`, or at once when the signal is aborted; never rejects. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
