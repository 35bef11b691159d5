const FIRST = 500;
const MAX = 30_000;

/** ms to wait after the nth failure (1, 2, …), spread over its second half; at least `retryAfter` seconds. */
export function backoff(failures: number, retryAfter: number | undefined, random = Math.random): number {
  const spread = 0.5 + random() / 2;
  const wait = Math.min(MAX, FIRST * 2 ** Math.min(failures - 1, 10)) * spread;
  return retryAfter === undefined ? wait : Math.max(wait * 0.5, retryAfter * 1000 + 250 * spread);
}
