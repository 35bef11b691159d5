import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "../config/settings.ts";
import type { Fcm } from "../push/fcm.ts";
import type { Sql } from "../store/client.ts";
import { scanForPushes } from "../store/push-scan.ts";
import type { Logger } from "../telemetry/logger.ts";

/**
 * Looks for due pushes all PUSH_INTERVAL ms, while push is on, until `stop` fires. All workers may: one of them
 * looks each time. An outage of Postgres is waited out; what became due meanwhile is found by the next look.
 */
export async function lookForPushes(
  deps: {
    sql: Sql;
    fcm: Fcm;
    config: Pick<Config, "PUSH_DELAY" | "PUSH_INTERVAL" | "PUSH_TTL">;
    log: Logger;
  },
  stop: AbortSignal,
): Promise<void> {
  const { sql, fcm, config, log } = deps;
  const options = {
    delay: config.PUSH_DELAY,
    every: config.PUSH_INTERVAL * 0.9,
    oldest: config.PUSH_TTL * 1000,
  };
  let failing = false;
  while (!stop.aborted) {
    let more = false;
    try {
      if (fcm.on) ({ more } = await scanForPushes(sql, options));
      failing = false;
    } catch (error) {
      if (!failing) log.warn({ err: error }, "due pushes cannot be looked for at the moment; trying again");
      failing = true;
    }
    const pause = more ? 0 : config.PUSH_INTERVAL;
    await delay(pause, undefined, { signal: stop }).catch(() => {});
  }
}
