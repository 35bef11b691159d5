import { setTimeout as delay } from "node:timers/promises";
import { isOutage, isTransient, mayHaveCommitted } from "./client.ts";

/** How long an outage is waited for, in ms: longer than a planned switchover, shorter than a client waits. */
export const PATIENCE = 5000;
const PAUSE = 100;

/**
 * Does `work`, and again while Postgres is away or changing hands, for `PATIENCE` ms. For what may safely be done
 * twice; with `once` it is repeated only when the failed attempt certainly changed nothing.
 * @throws the last error.
 */
export async function patiently<T>(work: () => Promise<T>, options: { once?: boolean } = {}): Promise<T> {
  for (const until = performance.now() + PATIENCE; ; ) {
    try {
      return await work();
    } catch (error) {
      const hopeless = !isOutage(error) && !isTransient(error);
      if (hopeless || (options.once && mayHaveCommitted(error)) || performance.now() >= until) throw error;
      await delay(PAUSE);
    }
  }
}
