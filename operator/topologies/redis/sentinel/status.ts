import { awaitedSecret } from "../../common/own-secret.ts";
import { healthy, unhealthy } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import { readSecret } from "../../common/secret.ts";
import type { StoreStatus } from "../../common/store.ts";
import { count, workloadState } from "../../common/workload.ts";

/** A server is ready once it is the primary or has its data; a sentinel while it sees enough others to act. */
export function redisSentinelStatus(scope: Scope): StoreStatus {
  const { names } = scope;
  const awaited = awaitedSecret(scope, names.redis);
  if (awaited) return awaited;
  const { problem } = readSecret(scope, { name: names.redis, key: "password" }, "PASSWORD");
  if (problem) return { health: unhealthy(problem), usable: false };
  const servers = workloadState(scope, {
    kind: "StatefulSet",
    name: names.redis,
    component: "redis",
    noun: ["Redis pod", "Redis pods"],
    hints: {
      imageField: "spec.dataImage",
      podsField: "spec.redis",
      notReady: "it waits for the sentinels to name a primary, or for the primary's data",
    },
  });
  const sentinels = workloadState(scope, {
    kind: "StatefulSet",
    name: names.sentinel,
    component: "sentinel",
    noun: ["sentinel", "sentinels"],
    hints: {
      imageField: "spec.dataImage",
      notReady: "it does not see enough other sentinels to make another Redis the primary",
    },
  });
  const troubled = [servers, sentinels].find(({ health }) => health.status !== "True");
  const copies = Math.max(0, servers.counts.ready - 1);
  const health =
    troubled?.health ??
    healthy(
      "Ready",
      `A primary, ${count(copies, ["replica", "replicas"])} in sync, ${count(sentinels.counts.ready, ["sentinel", "sentinels"])} (topology sentinel)`,
    );
  const times = [servers.lookAgain, sentinels.lookAgain].filter((time) => time !== undefined);
  return {
    health,
    usable: servers.counts.ready > 0,
    ...(times.length > 0 && { lookAgain: Math.min(...times) }),
  };
}
