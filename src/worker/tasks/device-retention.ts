import type { Sql } from "../../store/client.ts";
import { deleteOldDevices } from "../../store/devices.ts";
import type { Logger } from "../../telemetry/logger.ts";

const BATCH = 5000;
const DAY = 86_400;

/** Forgets devices that have not registered for PUSH_TOKEN_EXPIRES_IN, batch by batch. */
export async function deviceRetention(
  deps: { sql: Sql; log: Logger; config: { PUSH_TOKEN_EXPIRES_IN: number } },
  stop: AbortSignal,
): Promise<void> {
  let total = 0;
  let deleted = BATCH;
  while (deleted === BATCH && !stop.aborted) {
    deleted = await deleteOldDevices(deps.sql, deps.config.PUSH_TOKEN_EXPIRES_IN / DAY, BATCH);
    total += deleted;
  }
  if (total > 0) deps.log.info({ deleted: total }, "devices forgotten that have not registered for long");
}
