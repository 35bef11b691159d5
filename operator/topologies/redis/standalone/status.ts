import { awaitedSecret, ownStoreProblem } from "../../common/own-secret.ts";
import { unhealthy } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreStatus } from "../../common/store.ts";
import { workloadState } from "../../common/workload.ts";
import { redisExample, redisProtocols } from "../external/desired.ts";

export function redisStandaloneStatus(scope: Scope): StoreStatus {
  const name = scope.names.redis;
  const awaited = awaitedSecret(scope, name);
  if (awaited) return awaited;
  const wrong = ownStoreProblem(scope, name, redisProtocols, redisExample);
  if (wrong) return { health: unhealthy(wrong), usable: false };
  const { health, counts, lookAgain } = workloadState(scope, {
    kind: "StatefulSet",
    name,
    component: "redis",
    noun: ["Redis pod", "Redis pods"],
    hints: { imageField: "spec.dataImage", podsField: "spec.redis" },
  });
  return { health, usable: counts.ready > 0, ...(lookAgain !== undefined && { lookAgain }) };
}
