/** A Redis or Valkey that somebody else runs: its address is in a person's Secret. */

import { ports } from "../../common/names.ts";
import type { Scope } from "../../common/scope.ts";
import { readAddress } from "../../common/secret.ts";
import { externalDestination, type StoreDesired } from "../../common/store.ts";

export const redisExample = "redis://:PASSWORD@HOST:6379";
export const redisProtocols = ["redis:", "rediss:"];

export function redisExternal(scope: Scope): StoreDesired {
  const url = externalUrl(scope);
  const { url: address } = readAddress(scope, url, redisProtocols, redisExample);
  return { objects: [], generated: [], url, destinations: [externalDestination(address, ports.redis)] };
}

/** Where the address is. @throws when the spec names no Secret, which the CRD refuses. */
export function externalUrl(scope: Scope): { name: string; key: string } {
  const ref = scope.spec.redis.external?.secretRef;
  if (!ref) throw new Error("spec.redis.external.secretRef is missing: name the Secret with the address");
  return ref;
}
