import type { ChatClusterStatus, ConditionType } from "../api/chat-cluster.ts";
import { conditionTypes } from "../api/chat-cluster.ts";
import { gatewayReplicas } from "../api/gateway.ts";
import { backupStatus } from "../topologies/backup/status.ts";
import { canaryStatus } from "../topologies/canary/status.ts";
import { versionOf } from "../topologies/common/images.ts";
import { selectorLabels } from "../topologies/common/labels.ts";
import { type Health, type Problem, unhealthy, waiting } from "../topologies/common/problem.ts";
import type { Scope } from "../topologies/common/scope.ts";
import type { StoreStatus } from "../topologies/common/store.ts";
import { count, type WorkloadState } from "../topologies/common/workload.ts";
import { gatewayStatus } from "../topologies/gateway/status.ts";
import { urlOf, webAddressGap } from "../topologies/ingress/desired.ts";
import type { Migration } from "../topologies/migration/state.ts";
import { migrationStatus } from "../topologies/migration/status.ts";
import { monitoringGap } from "../topologies/monitoring/desired.ts";
import { pushStatus } from "../topologies/push/status.ts";
import { workerStatus } from "../topologies/worker/status.ts";
import { conditionsOf, type Healths, readyHealth } from "./conditions.ts";
import { type PlannedEvent, transitionEvents } from "./events.ts";
import { liveImage } from "./programs.ts";
import { redactor } from "./redact.ts";

export interface StatusFacts {
  postgres: StoreStatus;
  redis: StoreStatus;
  migration: Migration;
  databaseUsable: boolean;
  /** The image that runs while another one's schema is being migrated. */
  running: string | undefined;
  /** What is wrong with the key that signs tokens. */
  secretProblem: Problem | undefined;
  /** Nothing to run them with yet. */
  awaits: { gateway: boolean; worker: boolean };
}

export interface StatusAndEvents {
  status: ChatClusterStatus;
  events: PlannedEvent[];
  requeueAfter?: number;
}

/** The whole status, and the events that its changes are worth. */
export function statusOf(scope: Scope, facts: StatusFacts): StatusAndEvents {
  const { migration, postgres, redis } = facts;
  const gateways = gatewayStatus(scope);
  const workers = workerStatus(scope);
  const backup = backupStatus(scope);
  const parts: Healths = {
    GatewaysReady: programHealth(gateways.health, facts, facts.awaits.gateway),
    WorkersReady: programHealth(workers.health, facts, facts.awaits.worker),
    RedisReady: redis.health,
    PostgresReady: postgres.health,
    SchemaMigrated: migrationStatus(scope, facts),
    ContinuousArchiving: backup.archiving,
    LastBackup: backup.lastBackup,
    LastRestoreDrill: backup.drill,
    PushConfigured: pushStatus(scope),
    MessagesArrive: canaryStatus(scope),
  };
  const url = urlOf(scope);
  const notes = [
    `${count(gateways.counts.ready, ["gateway", "gateways"])} ready at ${url}`,
    monitoringGap(scope),
  ];
  const there = notes.filter((note) => note !== undefined).join("; ");
  const ready = readyHealth(parts, there, webAddressGap(scope));
  const before = scope.cluster.status;
  const image = rolledOut(gateways) ? liveImage(scope) : before?.image;
  const schema =
    migration.state === "succeeded" && before?.schema?.image !== scope.images.nexus
      ? { image: scope.images.nexus, migratedAt: migration.completedAt }
      : before?.schema;
  const lookAgain = [
    gateways.lookAgain,
    workers.lookAgain,
    postgres.lookAgain,
    redis.lookAgain,
    backup.lookAgain,
    retry(migration),
  ];
  return {
    ...finish(
      scope,
      { Ready: ready, ...parts },
      {
        phase: phaseOf(ready, gateways),
        ...(image !== undefined && { image, version: versionOf(image) }),
        url,
        ...(schema && { schema }),
        gateways: podsStatus(scope, "gateway", gateways, wantedGateways(scope)),
        workers: podsStatus(scope, "worker", workers, scope.spec.worker.replicas),
        ...(postgres.members && { postgres: postgres.members }),
        ...(backup.figures && { backup: backup.figures }),
      },
    ),
    ...soonest(lookAgain),
  };
}

/** The status for a spec that cannot be carried out: what runs goes on and keeps its last word. */
export function invalidStatus(scope: Scope, message: string): StatusAndEvents {
  const { conditions = [], ...kept } = scope.cluster.status ?? {};
  const ready = unhealthy({ reason: "InvalidSpec", message });
  const healths = Object.fromEntries(conditions.map((condition) => [condition.type, condition]));
  return finish(scope, { ...healths, Ready: ready }, { ...kept, phase: "Degraded" });
}

function finish(
  scope: Scope,
  healths: Partial<Record<ConditionType, Health>> & { Ready: Health },
  rest: Omit<ChatClusterStatus, "conditions" | "observedGeneration">,
): StatusAndEvents {
  const { generation } = scope.cluster.metadata;
  const before = scope.cluster.status?.conditions ?? [];
  const clean = redactor(scope.observed.secrets.values());
  const known = Object.fromEntries(
    Object.entries(healths).map(([type, health]) => [type, { ...health, message: clean(health.message) }]),
  ) as Record<ConditionType, Health>;
  const types = conditionTypes.filter((type) => known[type] !== undefined);
  const conditions = conditionsOf(known, types, { conditions: before, generation, now: scope.context.now });
  return {
    status: { ...rest, observedGeneration: generation, conditions },
    events: transitionEvents(known, conditions, before),
  };
}

/** Pods that are not made yet wait for something; that is what to say, unless their own Secret is the trouble. */
function programHealth(health: Health, facts: StatusFacts, awaits: boolean): Health {
  if (facts.secretProblem && !facts.secretProblem.progress) return unhealthy(facts.secretProblem);
  const postgresAway = facts.postgres.health.status !== "True";
  if (!awaits && postgresAway && health.reason === "NotReady")
    return waiting("Waiting", "They run, and are ready once Postgres is (see PostgresReady)");
  if (!awaits) return health;
  if (postgresAway && !facts.postgres.usable)
    return waiting("Waiting", "Waiting for Postgres (see PostgresReady)");
  if (!facts.migration.migrated) return waiting("Waiting", "Waiting for the schema (see SchemaMigrated)");
  return waiting("Waiting", "Waiting for the Secrets of Redis and Postgres (see RedisReady, PostgresReady)");
}

function phaseOf(ready: Health, gateways: WorkloadState): NonNullable<ChatClusterStatus["phase"]> {
  if (ready.status === "True") return "Ready";
  if (!ready.progress) return "Degraded";
  return gateways.counts.ready > 0 ? "Progressing" : "Pending";
}

function rolledOut({ counts }: WorkloadState): boolean {
  return counts.replicas > 0 && counts.updated >= counts.replicas;
}

function wantedGateways(scope: Scope): number {
  return gatewayReplicas(scope.spec.gateway) ?? scope.spec.gateway.autoscaling.minReplicas;
}

function podsStatus(
  scope: Scope,
  component: "gateway" | "worker",
  { counts }: WorkloadState,
  wanted: number,
) {
  const replicas = counts.replicas || wanted;
  const selector = Object.entries(selectorLabels(scope.name, component)).map(
    ([key, value]) => `${key}=${value}`,
  );
  return {
    replicas,
    ready: counts.ready,
    updated: counts.updated,
    summary: `${counts.ready}/${replicas}`,
    selector: selector.join(","),
  };
}

function retry({ state, retryIn = 0 }: Migration): number | undefined {
  return state === "failed" ? Math.max(1000, retryIn) : undefined;
}

function soonest(times: readonly (number | undefined)[]): { requeueAfter?: number } {
  const known = times.filter((time) => time !== undefined);
  return known.length > 0 ? { requeueAfter: Math.min(...known) } : {};
}
