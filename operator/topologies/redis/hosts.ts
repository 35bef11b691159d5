/** The host names by which Redis pods and sentinels know each other. Addresses change with every pod; these do not. */
import { ports } from "../common/names.ts";
import type { Scope } from "../common/scope.ts";

/** Name of the primary at the sentinels. */
export const SENTINEL_NAME = "nexus";

/** Redis pods in all: primaries and their replicas. */
export function redisPods(scope: Scope): number {
  const { topology, replicas, shards } = scope.spec.redis;
  return topology === "cluster" ? shards * (1 + (replicas ?? 1)) : 1 + (replicas ?? 2);
}

export function redisHosts(scope: Scope): string[] {
  return hosts(scope, scope.names.redis, scope.names.redisPods, redisPods(scope));
}

export function sentinelHosts(scope: Scope): string[] {
  return hosts(scope, scope.names.sentinel, scope.names.sentinel, scope.spec.redis.sentinels.replicas);
}

/** `host:port,…` for the programs. */
export function sentinelAddresses(scope: Scope): string {
  return addresses(sentinelHosts(scope), ports.sentinel);
}

/** `host:port,…` of all members of a cluster. */
export function clusterAddresses(scope: Scope): string {
  return addresses(redisHosts(scope), ports.redis);
}

/** The name of the pod that asks, by the variable POD_NAME of its environment. */
export function ownHost(scope: Scope, service: string): string {
  return `$(POD_NAME).${service}.${scope.namespace}.svc`;
}

function addresses(names: readonly string[], port: number): string {
  return names.map((name) => `${name}:${port}`).join(",");
}

function hosts(scope: Scope, pods: string, service: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${pods}-${index}.${service}.${scope.namespace}.svc`);
}
