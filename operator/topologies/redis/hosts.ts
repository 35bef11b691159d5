/** The host names by which Redis pods and sentinels know each other. Addresses change with every pod; these do not. */
import { ports } from "../common/names.ts";
import type { Scope } from "../common/scope.ts";

/** Name of the primary at the sentinels. */
export const SENTINEL_NAME = "nexus";

/** Redis pods in all: a primary and its replicas. */
export function redisPods(scope: Scope): number {
  return 1 + (scope.spec.redis.replicas ?? 2);
}

export function redisHosts(scope: Scope): string[] {
  return hosts(scope, scope.names.redis, scope.names.redisPods, redisPods(scope));
}

export function sentinelHosts(scope: Scope): string[] {
  return hosts(scope, scope.names.sentinel, scope.names.sentinel, scope.spec.redis.sentinels.replicas);
}

/** `host:port,…` for the programs. */
export function sentinelAddresses(scope: Scope): string {
  return sentinelHosts(scope)
    .map((host) => `${host}:${ports.sentinel}`)
    .join(",");
}

/** The name of the pod that asks, by the variable POD_NAME of its environment. */
export function ownHost(scope: Scope, service: string): string {
  return `$(POD_NAME).${service}.${scope.namespace}.svc`;
}

function hosts(scope: Scope, pods: string, service: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${pods}-${index}.${service}.${scope.namespace}.svc`);
}
