/**
 * A Valkey primary with replicas, and sentinels that make a replica the primary when it is lost. Who is the primary
 * they decide alone: the operator only builds, and every pod asks them when it begins.
 */
import { disruptionBudget } from "../../common/disruption-budget.ts";
import { ports } from "../../common/names.ts";
import { secretMetadata } from "../../common/own-secret.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreDesired } from "../../common/store.ts";
import { headless } from "../headless.ts";
import { SENTINEL_NAME, sentinelAddresses, sentinelHosts } from "../hosts.ts";
import { redisSecret } from "../standalone/desired.ts";
import { sentinelSet } from "./sentinels.ts";
import { serverConfig, serverSet } from "./servers.ts";

export function redisSentinel(scope: Scope): StoreDesired {
  const { names } = scope;
  const around = {
    url: { name: names.redis, key: "url" },
    connect: {
      settings: { REDIS_SENTINELS: sentinelAddresses(scope), REDIS_SENTINEL_NAME: SENTINEL_NAME },
      password: { name: names.redis, key: "password" },
    },
    destinations: [
      { pods: "redis" as const, port: ports.redis },
      { pods: "sentinel" as const, port: ports.sentinel },
    ],
  };
  const services = [
    headless(scope, names.redisPods, "redis", ports.redis),
    headless(scope, names.sentinel, "sentinel", ports.sentinel),
  ];
  if (!scope.observed.secrets.has(names.redis))
    return { objects: services, generated: [redisSecret(scope)], ...around };
  const config = serverConfig(scope);
  const objects = [
    ...secretMetadata(scope, names.redis, "redis"),
    config,
    ...services,
    disruptionBudget(scope, names.redis, "redis"),
    disruptionBudget(scope, names.sentinel, "sentinel"),
    sentinelSet(scope),
    serverSet(scope, config, [
      { name: "REDIS_SENTINELS", value: sentinelHosts(scope).join(" ") },
      { name: "REDIS_SENTINEL_NAME", value: SENTINEL_NAME },
    ]),
  ];
  return { objects, generated: [], ...around };
}
