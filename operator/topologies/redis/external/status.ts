import { healthy, unhealthy } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import { readAddress } from "../../common/secret.ts";
import type { StoreStatus } from "../../common/store.ts";
import { externalUrl, redisExample, redisProtocols } from "./desired.ts";

/** An external Redis is not probed from here: gateways go on without it, and their gauge nexus_redis_up tells. */
export function redisExternalStatus(scope: Scope): StoreStatus {
  const ref = externalUrl(scope);
  const { problem, url } = readAddress(scope, ref, redisProtocols, redisExample);
  if (problem) return { health: unhealthy(problem), usable: false };
  const message = `Redis at ${url?.host} is used, by the Secret "${ref.name}"; whether it answers is told by the gateways' metric nexus_redis_up`;
  return { health: healthy("External", message), usable: true };
}
