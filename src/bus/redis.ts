/**
 * Connections to Redis (or Valkey), by URL, sentinels or cluster. Redis wakes, counts and caches:
 * nothing here is the only copy of anything, so every use has a fallback and a time-out.
 */
import { Cluster, Redis } from "ioredis";
import type { Config } from "../config/settings.ts";

export type RedisClient = Redis | Cluster;

/**
 * `commands`: fails at once while Redis is away, so that callers fall back.
 * `adapter`: keeps commands until Redis is back; the streams adapter's poll loop spins without it.
 */
export type RedisUse = "commands" | "adapter";

export type RedisConfig = Pick<
  Config,
  "REDIS_URL" | "REDIS_SENTINELS" | "REDIS_SENTINEL_NAME" | "REDIS_CLUSTER_NODES" | "REDIS_PASSWORD"
>;

/** How long a command may take before its caller goes on without Redis, in ms. */
const COMMAND_TIMEOUT = 500;

function options(use: RedisUse) {
  return {
    lazyConnect: false,
    connectTimeout: 2000,
    keepAlive: 10_000,
    // Quick at first (a restarted Redis is back within a second), then once a second, for ever.
    retryStrategy: (attempt: number) => Math.min(50 * attempt, 1000),
    // A former primary that became a replica: reconnect, to find the new one.
    reconnectOnError: (error: Error) => (error.message.startsWith("READONLY") ? (2 as const) : false),
    ...(use === "commands"
      ? {
          enableAutoPipelining: true,
          enableOfflineQueue: false,
          commandTimeout: COMMAND_TIMEOUT,
          maxRetriesPerRequest: 1,
        }
      : {
          enableOfflineQueue: true,
          maxRetriesPerRequest: null,
          // A packet whose answer was lost would be published a second time, and seen twice.
          autoResendUnfulfilledCommands: false,
          // What is not resent is never answered either, and an automatic pipeline that is not answered holds
          // back all commands after it, for ever.
          enableAutoPipelining: false,
        }),
  };
}

/**
 * Connects in the background and reconnects for ever; undefined when no Redis is configured.
 * Errors are told to `onError` (ioredis would otherwise throw them).
 */
export function connectRedis(
  config: RedisConfig,
  use: RedisUse,
  onError: (error: Error) => void,
): RedisClient | undefined {
  const client = create(config, options(use));
  client?.on("error", onError);
  return client;
}

function create(config: RedisConfig, redisOptions: ReturnType<typeof options>): RedisClient | undefined {
  const password = config.REDIS_PASSWORD === undefined ? {} : { password: config.REDIS_PASSWORD };
  if (config.REDIS_URL) return new Redis(config.REDIS_URL, redisOptions);
  if (config.REDIS_SENTINELS)
    return new Redis({
      ...redisOptions,
      ...password,
      ...(config.REDIS_PASSWORD !== undefined && { sentinelPassword: config.REDIS_PASSWORD }),
      sentinels: config.REDIS_SENTINELS.map(address),
      name: config.REDIS_SENTINEL_NAME,
      failoverDetector: true,
    });
  if (config.REDIS_CLUSTER_NODES)
    return new Cluster(config.REDIS_CLUSTER_NODES.map(address), {
      redisOptions: { ...redisOptions, ...password },
      enableOfflineQueue: redisOptions.enableOfflineQueue ?? true,
      enableAutoPipelining: redisOptions.enableAutoPipelining,
      clusterRetryStrategy: (attempt) => Math.min(50 * attempt, 1000),
    });
  return undefined;
}

function address(hostPort: string): { host: string; port: number } {
  const [host = "localhost", port = "6379"] = hostPort.split(":");
  return { host, port: Number(port) };
}

/** Whether the client is connected now. */
export function isReady(client: RedisClient | undefined): client is RedisClient {
  return client?.status === "ready";
}
