import { setTimeout as delay } from "node:timers/promises";
import type { TestClient } from "./connect.ts";
import type { Answer, WireError } from "./wire.ts";

/**
 * How something that was tried until answered ended. `maybe` counts the attempts of which nobody knows whether
 * they took effect: unanswered ones, and those answered by "unavailable" or "internal".
 */
export type Outcome<T> =
  | { readonly end: "ok"; readonly data: T; readonly attempts: number; readonly maybe: number }
  | { readonly end: "refused"; readonly error: WireError; readonly attempts: number; readonly maybe: number }
  | { readonly end: "unknown"; readonly attempts: number; readonly maybe: number };

const PASSING = new Set(["UNAVAILABLE", "INTERNAL", "RATE_LIMIT_EXCEEDED"]);

export type PersistOptions = {
  /** Ends the attempts: the outcome is then `unknown`. */
  readonly signal: AbortSignal;
  /** For each acknowledgement, in milliseconds (3,000). */
  readonly timeoutMs?: number;
  readonly onError?: (event: string, error: WireError) => void;
};

/**
 * Emits until the server accepts or refuses, over whatever connection `up` gives, as a good client does: what was
 * lost with a connection or had no answer in time is sent again, and so is what met a passing error.
 */
export async function persist<T>(
  up: (signal: AbortSignal) => Promise<TestClient | undefined>,
  event: string,
  payload: unknown,
  options: PersistOptions,
): Promise<Outcome<T>> {
  const { signal } = options;
  let attempts = 0;
  let maybe = 0;
  while (!signal.aborted) {
    const client = await up(signal);
    if (!client) break;
    attempts += 1;
    const answer = await race(client.emit<T>(event, payload, options.timeoutMs ?? 3_000), signal);
    if (answer?.ok) return { end: "ok", data: answer.data, attempts, maybe };
    if (answer) options.onError?.(event, answer.error);
    if (answer && !PASSING.has(answer.error.code))
      return { end: "refused", error: answer.error, attempts, maybe };
    if (answer?.error.code !== "RATE_LIMIT_EXCEEDED") maybe += 1;
    const pauseMs = Math.min(1_000, (answer?.error.retryAfter ?? 0) * 1_000 || 50 * attempts);
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
  return { end: "unknown", attempts, maybe };
}

/** The answer, or undefined when it did not come or the signal was faster. */
async function race<T>(answer: Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T> | undefined> {
  return new Promise((resolve) => {
    const aborted = () => resolve(undefined);
    signal.addEventListener("abort", aborted, { once: true });
    answer
      .then(resolve, () => resolve(undefined))
      .finally(() => signal.removeEventListener("abort", aborted));
  });
}
