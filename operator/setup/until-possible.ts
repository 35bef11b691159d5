import { pause } from "../kube/backoff.ts";
import { isPassing, isStatus } from "../kube/errors.ts";

const PAUSE = 1_000;

/**
 * Does `act` again until it succeeds or `patience` ms are over. On a cluster that was empty a moment ago the kind may
 * not be served yet (404) and rights may not be bound yet (403); any other refusal is for a person, and thrown at once.
 * A new reason to wait is told to `waiting`, once.
 */
export async function untilPossible(
  act: () => Promise<void>,
  options: { patience: number; signal: AbortSignal; waiting: (reason: string) => void },
): Promise<void> {
  const deadline = performance.now() + options.patience;
  for (let last = ""; ; ) {
    try {
      return await act();
    } catch (error) {
      if (!isStatus(error, 403, 404) && !isPassing(error)) throw error;
      if (options.signal.aborted || performance.now() + PAUSE > deadline) throw error;
      const { message } = error as Error;
      if (message !== last) options.waiting(message);
      last = message;
    }
    await pause(PAUSE, options.signal);
  }
}
