/**
 * A Redis Cluster: shards that share the slots, each a primary with replicas, of which one takes over by itself. The
 * pods find their places themselves (images/data/nexus-valkey-join); nothing is kept on disk.
 */
import { disruptionBudget } from "../../common/disruption-budget.ts";
import { ports } from "../../common/names.ts";
import { secretMetadata } from "../../common/own-secret.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreDesired } from "../../common/store.ts";
import { headless } from "../headless.ts";
import { clusterAddresses, redisHosts } from "../hosts.ts";
import { serverConfig, serverSet } from "../sentinel/servers.ts";
import { redisSecret } from "../standalone/desired.ts";

const settings = [
  // ms without an answer after which a member counts as lost.
  "cluster-node-timeout 5000",
  "cluster-preferred-endpoint-type hostname",
  // The slots of a lost shard are away; the others go on.
  "cluster-require-full-coverage no",
  "cluster-allow-replica-migration no",
  // Any replica is better than none: it is transport.
  "cluster-replica-validity-factor 0",
];

export function redisCluster(scope: Scope): StoreDesired {
  const { names } = scope;
  const around = {
    url: { name: names.redis, key: "url" },
    connect: {
      settings: { REDIS_CLUSTER_NODES: clusterAddresses(scope) },
      password: { name: names.redis, key: "password" },
    },
    destinations: [{ pods: "redis" as const, port: ports.redis }],
  };
  const service = headless(scope, names.redisPods, "redis", ports.redis);
  if (!scope.observed.secrets.has(names.redis))
    return { objects: [service], generated: [redisSecret(scope)], ...around };
  const config = serverConfig(scope, settings);
  const objects = [
    ...secretMetadata(scope, names.redis, "redis"),
    config,
    service,
    disruptionBudget(scope, names.redis, "redis"),
    serverSet(scope, config, [
      { name: "CLUSTER_HOSTS", value: redisHosts(scope).join(" ") },
      { name: "CLUSTER_SHARDS", value: String(scope.spec.redis.shards) },
    ]),
  ];
  return { objects, generated: [], ...around };
}
