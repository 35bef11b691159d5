import type { Sql } from "../../store/client.ts";
import { deleteDeadRefreshTokens } from "../../store/retention.ts";
import type { Logger } from "../../telemetry/logger.ts";

const KEEP_DAYS = 7;
const BATCH = 5000;

/** Deletes dead refresh tokens batch by batch, until none is left or the worker stops. */
export async function refreshTokenRetention(
  deps: { sql: Sql; log: Logger },
  stop: AbortSignal,
): Promise<void> {
  let total = 0;
  let deleted = BATCH;
  while (deleted === BATCH && !stop.aborted) {
    deleted = await deleteDeadRefreshTokens(deps.sql, KEEP_DAYS, BATCH);
    total += deleted;
  }
  if (total > 0) deps.log.info({ deleted: total }, "old refresh tokens deleted");
}
