import { claimDead, liveGateways, sweepGateway } from "../../bus/presence.ts";
import { isReady, type RedisClient } from "../../bus/redis.ts";
import type { Sql } from "../../store/client.ts";
import { recordLastSeen } from "../../store/presence.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** Gateways notice within seconds that one of them died; what is left after so long nobody else will do, in ms. */
const LEFT_OVER = 60_000;

/**
 * Cleans up after gateways when none is left: users would else stay online in Redis for ever. While any
 * gateway lives this does nothing, because only gateways can tell others who went; and when none does,
 * nobody is connected who could be told. Does nothing without Redis.
 */
export async function presenceSweep(
  deps: { sql: Sql; redis: RedisClient | undefined; log: Logger },
  stop: AbortSignal,
): Promise<void> {
  const { redis, sql, log } = deps;
  if (!isReady(redis) || (await liveGateways(redis)) > 0) return;
  for (const { gateway, endedAt } of await claimDead(redis, LEFT_OVER)) {
    let users = 0;
    for await (const changes of sweepGateway(redis, gateway)) {
      const gone = changes.filter((change) => change.before !== "offline" && change.after === "offline");
      await recordLastSeen(sql, new Map(gone.map((change) => [change.userId, new Date(endedAt)])));
      users += changes.length;
      if (stop.aborted) return; // the rest of the claim is handed out again after a minute
    }
    log.info({ gateway, users }, "cleaned up after a gateway that is gone");
  }
}
