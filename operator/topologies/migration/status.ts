import type { V1Job } from "@kubernetes/client-node";
import { creationProblem } from "../common/creation-problem.ts";
import { versionOf } from "../common/images.ts";
import { findOwned } from "../common/observed.ts";
import { podProblem } from "../common/pod-problem.ts";
import { type Health, healthy, type Problem, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { livePods } from "../common/workload.ts";
import type { Migration } from "./state.ts";

export interface MigrationFacts {
  migration: Migration;
  /** The image that runs meanwhile. */
  running?: string | undefined;
  /** Postgres takes connections, and its Secret is there. */
  databaseUsable: boolean;
}

export function migrationStatus(scope: Scope, facts: MigrationFacts): Health {
  const { migration } = facts;
  const version = versionOf(scope.images.nexus);
  if (migration.state === "failed") return unhealthy(failed(scope, facts, version));
  const problem = stuck(scope, migration.name);
  if (problem && !migration.migrated)
    return unhealthy({ ...problem, message: `${problem.message}${meanwhile(facts)}` });
  const before = scope.cluster.status?.conditions.find(({ type }) => type === "SchemaMigrated");
  // Until the next attempt has ended, the last one's outcome is what people should read.
  if (migration.retrying && before?.status === "False") return before;
  if (migration.migrated) return healthy("Migrated", `The schema is that of version ${version}`);
  if (!facts.databaseUsable)
    return waiting("WaitingForPostgres", "The schema is migrated once Postgres can be used");
  return waiting(
    "Migrating",
    `The schema is being migrated to version ${version}${meanwhile(facts)}. Its log: ${logOf(scope, migration.name)}`,
  );
}

function failed(scope: Scope, facts: MigrationFacts, version: string): Problem {
  const { failure, name, pause = 0 } = facts.migration;
  const log = `Its log: ${logOf(scope, name)}`;
  if (failure?.kind === "newer")
    return {
      reason: "SchemaNewer",
      message:
        `Version ${version} cannot be run: ${failure.words}. Set spec.version (or spec.image.tag) back to the newer version` +
        `${meanwhile(facts)}. ${log}`,
    };
  return {
    reason: "MigrationFailed",
    message:
      `The migration to version ${version} failed${failure ? `: ${failure.words}` : ""}${meanwhile(facts)}. ` +
      `It is tried again after ${Math.round(pause / 1000)} s. ${log}`,
  };
}

/** The Job's pod cannot be made or started. */
function stuck(scope: Scope, job: string): Problem | undefined {
  const hints = { imageField: "spec.image" } as const;
  const { observed, context, namespace } = scope;
  const pods = livePods(scope, "migrate").filter(
    ({ metadata }) => metadata?.labels?.["batch.kubernetes.io/job-name"] === job,
  );
  for (const pod of pods) {
    const state = pod.status?.containerStatuses?.[0]?.state;
    if (state?.running || state?.terminated) continue;
    const problem = podProblem(pod, observed, hints, context.now);
    if (problem) return problem;
  }
  const live = findOwned<V1Job>(observed, "Job", job);
  const idle = live !== undefined && pods.length === 0 && !live.status?.succeeded && !live.status?.failed;
  return idle ? creationProblem(observed, { name: job, namespace }) : undefined;
}

function meanwhile({ running }: MigrationFacts): string {
  return running ? `; version ${versionOf(running)} goes on meanwhile` : "";
}

function logOf(scope: Scope, job: string): string {
  return `kubectl -n ${scope.namespace} logs job/${job}`;
}
