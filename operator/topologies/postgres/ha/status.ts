import { timeOf } from "../../common/observed.ts";
import { awaitedSecret, ownStoreProblem } from "../../common/own-secret.ts";
import { type Health, healthy, unhealthy, waiting } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import type { StoreStatus } from "../../common/store.ts";
import { count, type WorkloadState, workloadState } from "../../common/workload.ts";
import { postgresExample, postgresProtocols } from "../external/desired.ts";
import { volumeHealth } from "../standalone/status.ts";
import { type Member, membersOf, primaryOf, streamingReplicas } from "./members.ts";
import { carriedOut, switchoverGap } from "./switchover.ts";

/** ms in which Patroni has another primary, with some to spare. */
const FAILOVER = 60_000;
/** Bytes behind the primary that are worth a word. */
const NOTABLE_LAG = 16 * 2 ** 20;

export function postgresHaStatus(scope: Scope): StoreStatus {
  const { names, spec } = scope;
  const awaited = awaitedSecret(scope, names.postgres, names.postgresHa);
  if (awaited) return awaited;
  const wrong = ownStoreProblem(scope, names.postgres, postgresProtocols, postgresExample);
  if (wrong) return { health: unhealthy(wrong), usable: false };
  const members = membersOf(scope);
  const primary = primaryOf(members);
  const pods = workloadState(scope, {
    kind: "StatefulSet",
    name: names.postgres,
    component: "postgres",
    noun: ["Postgres pod", "Postgres pods"],
    hints: {
      imageField: "spec.dataImage",
      podsField: "spec.postgres",
      notReady: "its log says what Patroni waits for",
    },
  });
  const volumes = Array.from({ length: spec.postgres.replicas }, (_, ordinal) =>
    volumeHealth(scope, ordinal),
  );
  const before = scope.cluster.status?.postgres;
  const health = judge(
    scope,
    members,
    pods,
    volumes.find((one) => one !== undefined),
  );
  const failingOver = health.reason === "FailingOver" ? FAILOVER / 2 : undefined;
  const lookAgain = pods.lookAgain ?? failingOver;
  const name = primary?.ready ? primary.name : before?.primary;
  const done = carriedOut(scope, primary?.ready ? primary.name : undefined);
  return {
    health,
    usable: primary?.ready ?? false,
    members: {
      ...(name !== undefined && { primary: name }),
      replicas: streamingReplicas(members).length,
      ...(done !== undefined && { switchover: done }),
    },
    ...(lookAgain !== undefined && { lookAgain }),
  };
}

function judge(
  scope: Scope,
  members: readonly Member[],
  { health }: WorkloadState,
  volume: Health | undefined,
): Health {
  const primary = primaryOf(members);
  const told = scope.cluster.status?.postgres?.primary !== undefined;
  if (!primary?.ready && told) return withoutPrimary(scope);
  if (health.status !== "True") return volume ?? health;
  if (!primary) return waiting("Starting", "The first primary is being made");
  const streaming = streamingReplicas(members);
  const absent = members.filter((one) => one !== primary && !streaming.includes(one));
  const lag = Math.max(0, ...streaming.map(({ position }) => primary.position - position));
  const notes = [
    `${primary.name} is the primary, ${count(streaming.length, ["replica copies", "replicas copy"])} it (topology ha)`,
    ...(absent.length > 0 ? [`not in sync: ${absent.map(({ name }) => name).join(", ")}`] : []),
    ...(lag > NOTABLE_LAG ? [`the slowest is ${Math.round(lag / 2 ** 20)} MB behind`] : []),
    switchoverGap(scope),
  ];
  return healthy("Ready", notes.filter((note) => note !== undefined).join("; "));
}

function withoutPrimary(scope: Scope): Health {
  const before = scope.cluster.status?.conditions.find(({ type }) => type === "PostgresReady");
  const since = before?.status === "False" ? timeOf(before.lastTransitionTime) : Number.NaN;
  if (!(scope.context.now.getTime() - since > FAILOVER))
    return waiting("FailingOver", "The primary is lost; another one takes over within half a minute");
  return unhealthy({
    reason: "NoPrimary",
    message:
      "No Postgres can be the primary: those with the newest messages are not there. Bring back the pods that are not ready " +
      `(kubectl -n ${scope.namespace} get pods -l nexus.chat/patroni=${scope.names.postgres}), or see docs/runbooks/lost-quorum.md`,
  });
}
