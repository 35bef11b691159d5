import { ownStoreProblem } from "../../common/own-secret.ts";
import { unhealthy, waiting } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreStatus } from "../../common/store.ts";
import { workloadState } from "../../common/workload.ts";
import { redisExample, redisProtocols } from "../external/desired.ts";

export function redisStandaloneStatus(scope: Scope): StoreStatus {
  const name = scope.names.redis;
  if (!scope.observed.secrets.has(name))
    return { health: waiting("Waiting", `The Secret "${name}" is being made`), usable: false };
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
