/**
 * What is done with messages a moment after they were sent, so that sending does not wait for it: each is looked for
 * once a second by every worker, and one of them finds it.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/settings.ts";
import type { Sql } from "../store/client.ts";
import { enqueuePreviews } from "../store/previews.ts";
import { scanForSearch } from "../store/search.ts";
import type { Logger } from "../telemetry/logger.ts";

const EVERY = 1000;

/** Takes what was written into the index of search, until `stop` fires. What an outage leaves is taken after it. */
export function keepSearchable(deps: { sql: Sql; log: Logger }, stop: AbortSignal): Promise<void> {
  return again(deps.log, "messages cannot be made searchable", stop, async () => {
    const { more } = await scanForSearch(deps.sql);
    return more;
  });
}

/** Makes jobs of messages with links, until `stop` fires; where LINK_PREVIEWS is off the list stays empty. */
export function lookForLinks(
  deps: { sql: Sql; config: Pick<Config, "LINK_PREVIEWS">; log: Logger },
  stop: AbortSignal,
): Promise<void> {
  if (!deps.config.LINK_PREVIEWS) return Promise.resolve();
  return again(
    deps.log,
    "links cannot be looked for",
    stop,
    async () => (await enqueuePreviews(deps.sql)) > 0,
  );
}

/** Does `work` all EVERY ms, at once again when it says that there is more; a failure is said once. */
async function again(
  log: Logger,
  failure: string,
  stop: AbortSignal,
  work: () => Promise<boolean>,
): Promise<void> {
  let failing = false;
  while (!stop.aborted) {
    let more = false;
    try {
      more = await work();
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, `${failure} at the moment; trying again`);
      failing = true;
    }
    if (!more) await delay(EVERY, undefined, { signal: stop }).catch(() => {});
  }
}
