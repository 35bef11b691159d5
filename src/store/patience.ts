import { setTimeout as delay } from "node:timers/promises";
import { isOutage, isTransient } from "./client.ts";

/** How long an outage is waited for, in ms: longer than a planned switchover, shorter than a client waits. */
const PATIENCE = 5000;
const PAUSE = 100;

/**
 * Does `work`, and again while Postgres is away or changing hands, for `PATIENCE` ms. Only for what may be done
 * twice: an attempt whose answer was lost may have succeeded. @throws the last error.
 */
export async function patiently<T>(work: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + PATIENCE; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!(isOutage(error) || isTransient(error)) || performance.now() >= until) throw error;
      await delay(PAUSE);
    }
  }
}
