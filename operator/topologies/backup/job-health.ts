/** How the last backup and the last restore drill went. */
import type { V1CronJob, V1Pod } from "@kubernetes/client-node";
import type { BackupSpec } from "../../api/backup.ts";
import type { ChatClusterStatus } from "../../api/chat-cluster.ts";
import { findOwned, timeOf } from "../common/observed.ts";
import { ageOf, podProblem } from "../common/pod-problem.ts";
import { type Health, healthy, type Problem, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { adviceOn, takeNow } from "./advice.ts";
import { backupNames } from "./names.ts";
import { jobPods, newestResult } from "./results.ts";

type BackupFigures = NonNullable<ChatClusterStatus["backup"]>;

/** ms in which a Job's pod may wait for its volume or a node. */
const PATIENCE = 60_000;
/** ms after its time that a backup may still be under way unseen. */
const GRACE = 3_600_000;

export function lastBackupHealth(
  scope: Scope,
  backup: BackupSpec,
  { lastBackup: last, backups }: BackupFigures,
): Health {
  const failed = newestResult(scope, "backup");
  const names = backupNames(scope);
  if (failed && !failed.ok && (!last || timeOf(failed.at) > timeOf(last.at))) {
    const reason = failed.reason ?? "Failed";
    const good = last ? `The last good one is of ${last.at}` : "There is none yet";
    return unhealthy({
      reason: reason === "Failed" ? "BackupFailed" : reason,
      message: `The backup at ${failed.at} failed: ${failed.message}. ${adviceOn(reason, backup.repository)}. ${good}. To try at once: ${takeNow(scope, names.full)}`,
    });
  }
  const stuck = jobProblem(scope, "backup");
  if (stuck) return unhealthy(stuck);
  if (!last)
    return waiting(
      "Waiting",
      "The first backup is taken as soon as Postgres archives (see ContinuousArchiving)",
    );
  const due = [names.full, names.differential, names.incremental]
    .map((name) => findOwned<V1CronJob>(scope.observed, "CronJob", name)?.status)
    .filter((status) => status !== undefined && !status.active?.length)
    .map((status) => timeOf(status?.lastScheduleTime));
  const late = due.some((at) => at > timeOf(last.at) && scope.context.now.getTime() - at > GRACE);
  if (late)
    return unhealthy({
      reason: "Overdue",
      message: `The last backup is of ${last.at}, though one was due since. See kubectl -n ${scope.namespace} get jobs -l nexus.chat/job=backup`,
    });
  const others = backups && backups > 1 ? `, one of ${backups}` : "";
  return healthy(
    "BackupTaken",
    `${last.type} backup of ${last.at}: ${megabytes(last.bytes)} in ${last.seconds} s${others}`,
  );
}

export function drillHealth(
  scope: Scope,
  backup: BackupSpec,
  { lastRestoreDrill: figures }: BackupFigures,
): Health {
  const { enabled, schedule } = backup.restoreDrill;
  const { drill } = backupNames(scope);
  if (!enabled)
    return unhealthy({
      reason: "NotConfigured",
      message: "Whether backups can be restored is not tried: set spec.postgres.backup.restoreDrill.enabled",
      progress: true,
    });
  const newest = newestResult(scope, "drill");
  if (newest && !newest.ok) {
    const reason = newest.reason ?? "Failed";
    return unhealthy({
      reason: reason === "Failed" ? "DrillFailed" : reason,
      message: `The restore drill at ${newest.at} failed: ${newest.message}. ${adviceOn(reason, backup.repository)}. To try at once: ${takeNow(scope, drill)}`,
    });
  }
  const stuck = jobProblem(scope, "drill");
  if (stuck) return unhealthy(stuck);
  const before = scope.cluster.status?.conditions.find(({ type }) => type === "LastRestoreDrill");
  // Its pod has gone meanwhile: its word stands.
  if (!newest && before && before.reason !== "NotConfigured" && figures) return before;
  if (!figures)
    return waiting(
      "Waiting",
      `The first restore drill is due at "${schedule}" (UTC). To try at once: ${takeNow(scope, drill)}`,
    );
  const age =
    figures.newestMessageAge === undefined ? "" : `, the newest of them ${figures.newestMessageAge} s old`;
  const lost =
    figures.lostSeconds === undefined ? "" : `; a disaster then would have lost ${figures.lostSeconds} s`;
  return healthy(
    "Passed",
    `At ${figures.at} all was back after ${figures.seconds} s: ${figures.messages} messages${age}${lost}`,
  );
}

/** What keeps a Job's pod from running. */
function jobProblem(scope: Scope, kind: "backup" | "drill"): Problem | undefined {
  for (const pod of jobPods(scope, kind)) {
    if (!isPending(pod) || ageOf(pod, scope.context.now) < PATIENCE) continue;
    const problem = podProblem(pod, scope.observed, { imageField: "spec.dataImage" }, scope.context.now);
    if (problem) return problem;
  }
  return undefined;
}

function isPending(pod: V1Pod): boolean {
  const state = pod.status?.containerStatuses?.[0]?.state;
  return !state?.running && !state?.terminated && pod.metadata?.deletionTimestamp === undefined;
}

/** ms until a Job's pod that has not begun counts as stuck; undefined: there is none. */
export function patienceLeft(scope: Scope): number | undefined {
  const ages = [...jobPods(scope, "backup"), ...jobPods(scope, "drill")]
    .filter(isPending)
    .map((pod) => ageOf(pod, scope.context.now));
  const young = ages.filter((age) => age < PATIENCE);
  return young.length > 0 ? PATIENCE - Math.max(...young) + 1000 : undefined;
}

function megabytes(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
