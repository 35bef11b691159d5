import type { Families } from "./families.ts";

export type RedisUse = "commands" | "adapter";

/** Postgres, Redis and what is remembered of them. */
export function storeMetrics({ counter, gauge, asked, histogram }: Families) {
  const redisUp = gauge("nexus_redis_up", "1 while Redis answers, or none is configured", 1);
  const redisSwitches = counter(
    "nexus_redis_switches_total",
    "Times that Redis was found at another primary than before",
  );
  const redisSeconds = histogram(
    "nexus_redis_command_seconds",
    "Redis commands, by use: commands (limits, presence) or adapter (publishing)",
    [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1],
    { use: ["commands", "adapter"] },
  );
  const redisFailures = counter("nexus_redis_failures_total", "Redis commands that failed, by use", {
    use: ["commands", "adapter"],
  });
  const postgresUp = gauge(
    "nexus_postgres_up",
    "0 from a statement that found Postgres away to the next that did not",
    1,
  );
  const statementSeconds = histogram(
    "nexus_postgres_statement_seconds",
    "Statements, from their call to their answer: waiting for a connection included",
  );
  const statementFailures = counter(
    "nexus_postgres_failures_total",
    "Statements that failed, by kind: outage (Postgres is away), conflict (repeated as a rule), other",
    { kind: ["outage", "conflict", "other"] },
  );
  const poolSize = gauge("nexus_postgres_pool_size", "Connections that there may be (DATABASE_POOL)");
  const lookups = counter("nexus_cache_lookups_total", "Looks into a cache, by cache and outcome", {
    cache: ["directs", "access", "tokens"],
    outcome: ["hit", "miss"],
  });

  return {
    redisState: (up: boolean) => redisUp.set(up ? 1 : 0),
    redisSwitched: () => redisSwitches.add(1),
    redisAnswered(use: RedisUse, seconds: number, failed: boolean) {
      redisSeconds.observe({ use }, seconds);
      if (failed) redisFailures.inc({ use });
    },
    statementEnded(seconds: number, failure: "outage" | "conflict" | "other" | undefined) {
      statementSeconds.note(seconds);
      if (failure !== undefined) statementFailures.inc({ kind: failure });
      // Any other error is an answer.
      postgresUp.set(failure === "outage" ? 0 : 1);
    },
    /** The pool, its use asked at each scrape. */
    watchPool(size: number, underWay: () => number) {
      poolSize.set(size);
      asked("nexus_postgres_statements", "Statements that are under way or wait for a connection", underWay);
    },
    cacheAsked: (cache: "directs" | "access" | "tokens", hit: boolean) =>
      lookups.inc({ cache, outcome: hit ? "hit" : "miss" }),
  };
}

/** What only gateways know of the stores. */
export function gatewayStoreMetrics({ counter, gauge }: Families) {
  const writable = gauge(
    "nexus_postgres_writable",
    "1 while messages can be written, 0 while sends wait for a primary",
    1,
  );
  const reads = counter(
    "nexus_reads_total",
    "Reads for which a replica was considered, by kind and target: replica, or primary and why",
    {},
    ["kind", "target"],
  );
  const replicaLag = gauge("nexus_replica_lag_bytes", "Log that the replica asked last had yet to replay", 0);
  return {
    postgresWritable: (yes: boolean) => writable.set(yes ? 1 : 0),
    readAt: (kind: string, target: string) => reads.inc({ kind, target }),
    replicaBehind: (bytes: number) => replicaLag.set(bytes),
  };
}
