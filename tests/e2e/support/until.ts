import { setTimeout as delay } from "node:timers/promises";

export type UntilOptions = {
  /** In milliseconds (60,000). */
  readonly timeoutMs?: number;
  /** Between two looks, in milliseconds (250). */
  readonly everyMs?: number;
  /** Said when it did not come to be. */
  readonly seen?: () => unknown;
};

/**
 * Looks until there is something, and resolves with it. A look that throws counts as nothing. Rejects with `what`, and
 * with what was last seen or thrown.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  { timeoutMs = 60_000, everyMs = 250, seen }: UntilOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let problem: unknown;
  do {
    try {
      const found = await look();
      if (found) return found;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    await delay(everyMs);
  } while (performance.now() < deadline);
  const last = problem ?? seen?.();
  throw new Error(
    `${what}: not within ${timeoutMs / 1_000} s${last === undefined ? "" : `; last seen: ${said(last)}`}`,
  );
}

function said(value: unknown): string {
  return value instanceof Error ? value.message : typeof value === "string" ? value : JSON.stringify(value);
}
