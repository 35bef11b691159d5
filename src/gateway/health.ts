import { setTimeout as delay } from "node:timers/promises";
import { isReady, type RedisClient } from "../bus/redis.ts";
import type { HealthResponse } from "../protocol/client-events.ts";
import type { Sql } from "../store/client.ts";
import { readRecentVersions } from "../store/conversations.ts";

/** Versions of conversations that changed within this are told, in seconds: several times a client's usual pause. */
const RECENT = 15 * 60;
const PATIENCE = 2000;

/**
 * Answers HEALTH_CHECK: the stores' state and the versions of the user's conversations that changed
 * lately, by which a client notices that it missed even the last event.
 */
export function createHealth(
  sql: Sql,
  redis: RedisClient | undefined,
): (userId: string) => Promise<HealthResponse> {
  return async (userId) => {
    const versions = await Promise.race([
      readRecentVersions(sql, userId, RECENT).catch(() => undefined),
      delay(PATIENCE, undefined, { ref: false }),
    ]);
    const redisUp = redis === undefined || isReady(redis);
    return {
      status: versions && redisUp ? "ok" : "degraded",
      redis: redisUp,
      database: versions !== undefined,
      uptime: Math.round(process.uptime()),
      timestamp: new Date().toISOString(),
      versions: versions ?? {},
    };
  };
}
