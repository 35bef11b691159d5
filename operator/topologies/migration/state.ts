/**
 * Where the migration to the wanted image stands:
 *
 *   absent ──► running ──► succeeded
 *     ▲           │
 *     │           ▼
 *     └──────── failed      (made anew after a pause; at once when the database's Secret changed)
 */
import type { V1Job } from "@kubernetes/client-node";
import { CONFIG_HASH } from "../common/labels.ts";
import { findOwned, timeOf } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";
import { timestampOf } from "../common/timestamp.ts";
import { type MigrationFailure, migrationFailure } from "./failure.ts";
import { migrationJobName, RETRY_OF } from "./job.ts";

/** Pauses before the next attempt, in ms: half of the time that it has failed already, within these. */
const SHORTEST_PAUSE = 5_000;
const LONGEST_PAUSE = 60_000;
/** A newer schema does not go away by itself. */
const LONGEST_PAUSE_NEWER = 300_000;

export interface Migration {
  /** The Job's name. */
  name: string;
  state: "absent" | "running" | "succeeded" | "failed";
  /** The database has the wanted image's schema. */
  migrated: boolean;
  /** It failed before, and a further attempt is about to be made or under way. */
  retrying: boolean;
  failure?: MigrationFailure | undefined;
  /** After a failure: the whole pause, and what is left of it (0 or less: try now), in ms. */
  pause?: number;
  retryIn?: number;
  /** The failed Job that the present one repeats, or the next one would. */
  retryOf?: string | undefined;
  /** When it succeeded, as RFC 3339. */
  completedAt?: string;
}

/** @param configHash as of now; a Job that was made with another counts as absent. Undefined: not known. */
export function migrationState(scope: Scope, configHash: string | undefined): Migration {
  const name = migrationJobName(scope);
  const recorded = scope.cluster.status?.schema?.image === scope.images.nexus;
  const job = findOwned<V1Job>(scope.observed, "Job", name);
  const annotations = job?.spec?.template.metadata?.annotations;
  if (!job || job.metadata?.deletionTimestamp !== undefined)
    return { name, state: "absent", migrated: recorded, retrying: hasFailed(scope, name) };
  if (configHash !== undefined && annotations?.[CONFIG_HASH] !== configHash)
    return { name, state: "absent", migrated: recorded, retrying: false };

  const retryOf = annotations?.[RETRY_OF];
  const { status } = job;
  const condition = (type: string) =>
    status?.conditions?.find((each) => each.type === type && each.status === "True");
  const complete = condition("Complete");
  if (complete) {
    const completedAt = timestamp(timeOf(status?.completionTime ?? complete.lastTransitionTime), scope);
    return { name, state: "succeeded", migrated: true, retrying: false, retryOf, completedAt };
  }
  const failed = condition("Failed");
  if (!failed)
    return {
      name,
      state: "running",
      migrated: recorded,
      retrying: retryOf !== undefined || hasFailed(scope, name),
      retryOf,
    };
  const failure = migrationFailure(scope, name);
  const at = timeOf(failed.lastTransitionTime) || scope.context.now.getTime();
  const longest = failure?.kind === "newer" ? LONGEST_PAUSE_NEWER : LONGEST_PAUSE;
  const pause = Math.min(
    longest,
    Math.max(SHORTEST_PAUSE, Math.round((at - notMigratedSince(scope, at)) / 2)),
  );
  const retryIn = at + pause - scope.context.now.getTime();
  const next = retryIn <= 0 ? job.metadata?.uid : retryOf;
  return {
    name,
    state: "failed",
    migrated: recorded,
    retrying: false,
    failure,
    pause,
    retryIn,
    retryOf: next,
  };
}

function previous(scope: Scope) {
  return scope.cluster.status?.conditions.find(({ type }) => type === "SchemaMigrated");
}

/** The last word about this Job was that it failed; it has gone to be made anew. */
function hasFailed(scope: Scope, name: string): boolean {
  const condition = previous(scope);
  return (
    condition !== undefined &&
    ["MigrationFailed", "SchemaNewer"].includes(condition.reason) &&
    condition.message.includes(`job/${name}`)
  );
}

function notMigratedSince(scope: Scope, at: number): number {
  const condition = previous(scope);
  return condition?.status === "False" ? timeOf(condition.lastTransitionTime) || at : at;
}

function timestamp(at: number, scope: Scope): string {
  return timestampOf(Number.isNaN(at) ? scope.context.now : at);
}
