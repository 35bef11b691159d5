const LEAST_MS = 500;
const MOST_MS = 5_000;

/**
 * How long to wait after so many failures, in ms: half a second to one and a half at first, as socket.io-client waits,
 * then more, so that a herd spreads out.
 */
export function backoff(failures: number): number {
  const middle = Math.min(MOST_MS, 1000 * 1.5 ** failures);
  return Math.max(LEAST_MS, middle * (0.5 + Math.random()));
}
