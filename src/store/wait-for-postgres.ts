import { setTimeout as delay } from "node:timers/promises";
import { asChatError } from "./client.ts";

const PAUSE = 500;

/**
 * Does `work` at a process's start, again and again while Postgres is away, until it succeeds or `stop` fires.
 * `onWaiting` is told once. @throws what is no outage, as a schema of another release.
 */
export async function waitForPostgres(
  work: () => Promise<void>,
  stop: AbortSignal,
  onWaiting: (error: unknown) => void,
): Promise<void> {
  for (let told = false; !stop.aborted; ) {
    try {
      return await work();
    } catch (error) {
      if (asChatError(error) === error) throw error;
      if (!told) onWaiting(error);
      told = true;
      await delay(PAUSE, undefined, { signal: stop }).catch(() => {});
    }
  }
}
