/** Which builder goes with which topology. */
import type { ChatClusterSpec } from "../api/chat-cluster.ts";
import type { Scope } from "../topologies/common/scope.ts";
import type { StoreDesired, StoreStatus } from "../topologies/common/store.ts";
import type { Migration } from "../topologies/migration/state.ts";
import { postgresExternal } from "../topologies/postgres/external/desired.ts";
import { postgresExternalStatus } from "../topologies/postgres/external/status.ts";
import { postgresHa } from "../topologies/postgres/ha/desired.ts";
import { postgresHaStatus } from "../topologies/postgres/ha/status.ts";
import { postgresStandalone } from "../topologies/postgres/standalone/desired.ts";
import { postgresStandaloneStatus } from "../topologies/postgres/standalone/status.ts";
import { redisCluster } from "../topologies/redis/cluster/desired.ts";
import { redisClusterStatus } from "../topologies/redis/cluster/status.ts";
import { redisExternal } from "../topologies/redis/external/desired.ts";
import { redisExternalStatus } from "../topologies/redis/external/status.ts";
import { redisSentinel } from "../topologies/redis/sentinel/desired.ts";
import { redisSentinelStatus } from "../topologies/redis/sentinel/status.ts";
import { redisStandalone } from "../topologies/redis/standalone/desired.ts";
import { redisStandaloneStatus } from "../topologies/redis/standalone/status.ts";

interface RedisTopology {
  desired(scope: Scope): StoreDesired;
  status(scope: Scope): StoreStatus;
}
interface PostgresTopology {
  desired(scope: Scope): StoreDesired;
  status(scope: Scope, migration: Migration): StoreStatus;
}

const redis: Partial<Record<ChatClusterSpec["redis"]["topology"], RedisTopology>> = {
  standalone: { desired: redisStandalone, status: redisStandaloneStatus },
  cluster: { desired: redisCluster, status: redisClusterStatus },
  sentinel: { desired: redisSentinel, status: redisSentinelStatus },
  external: { desired: redisExternal, status: redisExternalStatus },
};
const postgres: Partial<Record<ChatClusterSpec["postgres"]["topology"], PostgresTopology>> = {
  standalone: { desired: postgresStandalone, status: postgresStandaloneStatus },
  ha: { desired: postgresHa, status: postgresHaStatus },
  external: { desired: postgresExternal, status: postgresExternalStatus },
};

/** A spec that this operator cannot carry out; the message says what to do. The CRD refuses most of them already. */
export class SpecError extends Error {
  override readonly name = "SpecError";
}

/** @throws SpecError for a topology that is not there yet, or an external store without its Secret. */
export function storesOf(spec: ChatClusterSpec): { redis: RedisTopology; postgres: PostgresTopology } {
  for (const store of ["redis", "postgres"] as const)
    if (spec[store].topology === "external" && !spec[store].external)
      throw new SpecError(
        `spec.${store}.topology is external: name the Secret with the address in spec.${store}.external.secretRef`,
      );
  const chosen = { redis: redis[spec.redis.topology], postgres: postgres[spec.postgres.topology] };
  if (!chosen.redis) throw new SpecError(notYet("redis", spec.redis.topology));
  if (!chosen.postgres) throw new SpecError(notYet("postgres", spec.postgres.topology));
  return { redis: chosen.redis, postgres: chosen.postgres };
}

function notYet(store: string, topology: string): string {
  return `spec.${store}.topology ${topology} comes with a later release: use standalone or external`;
}
