/**
 * A Valkey primary with replicas, and sentinels that make a replica the primary when it is lost. Who is the primary
 * they decide alone: the operator only builds, and every pod asks them when it begins.
 */
import type { V1PodDisruptionBudget, V1Service } from "@kubernetes/client-node";
import { type Component, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { secretMetadata } from "../../common/own-secret.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreDesired } from "../../common/store.ts";
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
    budget(scope, names.redis, "redis"),
    budget(scope, names.sentinel, "sentinel"),
    sentinelSet(scope),
    serverSet(scope, config, [
      { name: "REDIS_SENTINELS", value: sentinelHosts(scope).join(" ") },
      { name: "REDIS_SENTINEL_NAME", value: SENTINEL_NAME },
    ]),
  ];
  return { objects, generated: [], ...around };
}

/** Names pods that are not ready as well: who begins must be found by those that are to make it ready. */
export function headless(scope: Scope, name: string, component: Component, port: number): V1Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: ownedMetadata(scope, name, component),
    spec: {
      clusterIP: "None",
      publishNotReadyAddresses: true,
      selector: selectorLabels(scope.name, component),
      ports: [{ name: component, port, targetPort: component, protocol: "TCP" }],
    },
  };
}

export function budget(scope: Scope, name: string, component: Component): V1PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: ownedMetadata(scope, name, component),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(scope.name, component) } },
  };
}
