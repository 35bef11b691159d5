import { awaitedSecret } from "../../common/own-secret.ts";
import { healthy, unhealthy } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import { readSecret } from "../../common/secret.ts";
import type { StoreStatus } from "../../common/store.ts";
import { count, workloadState } from "../../common/workload.ts";

/** A member is ready once all slots have a primary that it can see, and it has its place and its data. */
export function redisClusterStatus(scope: Scope): StoreStatus {
  const { redis } = scope.names;
  const awaited = awaitedSecret(scope, redis);
  if (awaited) return awaited;
  const { problem } = readSecret(scope, { name: redis, key: "password" }, "PASSWORD");
  if (problem) return { health: unhealthy(problem), usable: false };
  const { health, counts, lookAgain } = workloadState(scope, {
    kind: "StatefulSet",
    name: redis,
    component: "redis",
    noun: ["Redis pod", "Redis pods"],
    hints: {
      imageField: "spec.dataImage",
      podsField: "spec.redis",
      notReady: "it waits for the other members, for its share of the slots, or for its primary's data",
    },
  });
  const shards = count(scope.spec.redis.shards, ["shard", "shards"]);
  const told =
    health.status === "True"
      ? healthy("Ready", `${shards}, ${count(counts.ready, ["pod", "pods"])} ready (topology cluster)`)
      : health;
  return { health: told, usable: counts.ready > 0, ...(lookAgain !== undefined && { lookAgain }) };
}
