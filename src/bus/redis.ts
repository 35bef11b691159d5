/**
 * Connections to Redis (or Valkey), by URL, sentinels or cluster. Redis wakes, counts and caches:
 * nothing here is the only copy of anything, so every use has a fallback and a time-out.
 *
 * A primary that moved is noticed in three ways: the sentinels say so (sentinel-watch.ts), it answers READONLY,
 * or it is silent (silence.ts). A cluster's nodes are asked for their slots every second.
 */
import type { Socket } from "node:net";
import type { RedisOptions } from "ioredis";
import type { Config } from "../config/settings.ts";
import { Cluster, Redis } from "./mended-ioredis.ts";
import { addressesOf, tlsOf } from "./redis-address.ts";
import { type SentinelWatch, sentinelPasswordOf, watchSentinels } from "./sentinel-watch.ts";
import { watchSilence } from "./silence.ts";

export type RedisClient = Redis | Cluster;

/**
 * `commands`: fails at once while Redis is away, so that callers fall back.
 * `adapter`: keeps commands until Redis is back; the streams adapter's poll loop spins without it.
 * `subscriber`: the same, and in a cluster it subscribes at every shard (sharded Pub/Sub).
 */
export type RedisUse = "commands" | "adapter" | "subscriber";

export type RedisConfig = Pick<
  Config,
  | "REDIS_URL"
  | "REDIS_SENTINELS"
  | "REDIS_SENTINEL_NAME"
  | "REDIS_SENTINEL_PASSWORD"
  | "REDIS_CLUSTER_NODES"
  | "REDIS_PASSWORD"
  | "REDIS_TLS"
  | "REDIS_CA_FILE"
>;

/** How long a command may take before its caller goes on without Redis, in ms. */
const COMMAND_TIMEOUT = 500;
/** A server that answers READONLY again and again must not be reconnected to without a pause, in ms. */
const READONLY_PAUSE = 500;
/** How often a cluster is asked which node has which slots, and how long a node may take to answer, in ms. */
const SLOTS_EVERY = 1000;
const SLOTS_TIMEOUT = 500;

function options(use: RedisUse, config: RedisConfig) {
  let reconnectAt = Number.NEGATIVE_INFINITY;
  return {
    lazyConnect: false,
    connectTimeout: 1000,
    // An end that the other side does not answer, since it is stopped, is not waited for.
    disconnectTimeout: 200,
    keepAlive: 10_000,
    // Quick at first (a restarted Redis is back within a second), then once a second, for ever.
    retryStrategy: (attempt: number) => Math.min(50 * attempt, 1000),
    // A former primary that became a replica: reconnect, to find the new one, and say it again there.
    reconnectOnError(error: Error) {
      if (!error.message.startsWith("READONLY") || performance.now() < reconnectAt) return false;
      reconnectAt = performance.now() + READONLY_PAUSE;
      return 2 as const;
    },
    ...(config.REDIS_PASSWORD !== undefined && { password: config.REDIS_PASSWORD }),
    ...tlsOf(config),
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
  } satisfies RedisOptions & { disconnectTimeout: number };
}

/**
 * Connects in the background and reconnects for ever; undefined when no Redis is configured.
 * Errors are told to `onError` (ioredis would otherwise throw them). Clients made from the same `config`
 * object share what watches over them.
 */
export function connectRedis(
  config: RedisConfig,
  use: RedisUse,
  onError: (error: Error) => void,
): RedisClient | undefined {
  const client = create(config, use);
  client?.on("error", onError);
  if (client instanceof Redis) attend(client, watchOf(config));
  else if (client) attendNodes(client);
  return client;
}

function create(config: RedisConfig, use: RedisUse): RedisClient | undefined {
  const redisOptions = options(use, config);
  if (config.REDIS_URL) return new Redis(config.REDIS_URL, redisOptions);
  if (config.REDIS_SENTINELS) {
    const sentinelPassword = sentinelPasswordOf(config);
    const { tls } = redisOptions as { tls?: object };
    return new Redis({
      ...redisOptions,
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      ...(tls && { sentinelTLS: tls, enableTLSForSentinelMode: true }),
      sentinels: addressesOf(config.REDIS_SENTINELS, 26_379),
      name: config.REDIS_SENTINEL_NAME,
      sentinelCommandTimeout: COMMAND_TIMEOUT,
      sentinelRetryStrategy: (attempt) => Math.min(50 * attempt, 1000),
      // The configured names stay right; learned addresses of pods that are gone would each be waited for.
      updateSentinels: false,
    });
  }
  if (config.REDIS_CLUSTER_NODES)
    return new Cluster(addressesOf(config.REDIS_CLUSTER_NODES, 6379), clusterOptions(use, redisOptions));
  return undefined;
}

function clusterOptions(use: RedisUse, redisOptions: ReturnType<typeof options>) {
  return {
    redisOptions,
    enableOfflineQueue: redisOptions.enableOfflineQueue,
    enableAutoPipelining: redisOptions.enableAutoPipelining,
    clusterRetryStrategy: (attempt: number) => Math.min(50 * attempt, 1000),
    slotsRefreshInterval: SLOTS_EVERY,
    slotsRefreshTimeout: SLOTS_TIMEOUT,
    shardedSubscribers: use === "subscriber",
    // Names stay names: certificates are for them, and a pod that comes back has another address.
    dnsLookup: (host: string, callback: (error: null, address: string) => void) => callback(null, host),
  };
}

const watches = new WeakMap<RedisConfig, SentinelWatch>();

function watchOf(config: RedisConfig): SentinelWatch | undefined {
  if (!config.REDIS_SENTINELS) return undefined;
  const watch = watches.get(config) ?? watchSentinels(config);
  watches.set(config, watch);
  return watch;
}

/** Watches over a connection, and over those that others make from it. */
function attend(client: Redis, watch: SentinelWatch | undefined): void {
  watchSilence(client);
  watch?.follow(client);
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (...args) => {
    const copy = duplicate(...args);
    attend(copy, watch);
    return copy;
  };
}

function attendNodes(cluster: Cluster): void {
  for (const node of cluster.nodes()) watchSilence(node);
  cluster.on("+node", watchSilence);
  // Of single nodes: the cluster says itself when it is away as a whole.
  cluster.on("node error", () => {});
  const duplicate = cluster.duplicate.bind(cluster);
  cluster.duplicate = (...args) => {
    const copy = duplicate(...args);
    attendNodes(copy);
    return copy;
  };
}

/** Whether the client is connected now. */
export function isReady(client: RedisClient | undefined): client is RedisClient {
  return client?.status === "ready";
}

/**
 * Calls `listener` whenever something written before may be lost: the connection was made anew, or a shard of a
 * cluster has another primary. @returns what ends that.
 */
export function onReconnected(client: RedisClient, listener: () => void): () => void {
  let primaries: string | undefined;
  function ready(): void {
    primaries = primaryOf(client);
    listener();
  }
  function refreshed(): void {
    if (isReady(client) && primaries !== undefined && primaries !== primaryOf(client)) ready();
  }
  client.on("ready", ready);
  if (client instanceof Cluster) client.on("refresh", refreshed);
  return () => {
    client.off("ready", ready);
    client.off("refresh", refreshed);
  };
}

/** The server that the client is connected to, or the primaries of a cluster, for the log. */
export function primaryOf(client: RedisClient): string {
  if (client instanceof Cluster)
    return client
      .nodes("master")
      .map(({ options: { host, port } }) => `${host}:${port}`)
      .sort()
      .join(",");
  const { remoteAddress, remotePort } = (client as unknown as { stream?: Socket }).stream ?? {};
  return `${remoteAddress}:${remotePort}`;
}
