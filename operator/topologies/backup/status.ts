/** How the backups are: three conditions, and the figures behind them. */
import type { V1CronJob } from "@kubernetes/client-node";
import type { BackupSpec } from "../../api/backup.ts";
import type { ChatClusterStatus } from "../../api/chat-cluster.ts";
import { findOwned, timeOf } from "../common/observed.ts";
import { podProblem } from "../common/pod-problem.ts";
import { type Health, healthy, type Problem, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { workloadState } from "../common/workload.ts";
import { adviceOn } from "./advice.ts";
import { firstAgain } from "./jobs.ts";
import { backupNames } from "./names.ts";
import { type BackupState, backupState, type JobResult, jobPods, newestResult } from "./results.ts";
import { repositorySecretProblem } from "./secrets.ts";

export type BackupFigures = NonNullable<ChatClusterStatus["backup"]>;

export interface BackupStatus {
  archiving: Health;
  lastBackup: Health;
  drill: Health;
  figures?: BackupFigures;
  lookAgain?: number;
}

/** ms after its time that a backup may still be under way unseen. */
const GRACE = 3_600_000;

export function backupStatus(scope: Scope): BackupStatus {
  const { backup } = scope.spec.postgres;
  if (!backup)
    return { archiving: notConfigured(scope), lastBackup: notConfigured(scope), drill: notConfigured(scope) };
  const state = backupState(scope);
  const figures = figuresOf(scope, state);
  const again = firstAgain(scope);
  return {
    archiving: archivingHealth(scope, backup, state),
    lastBackup: lastBackupHealth(scope, backup, figures),
    drill: drillHealth(scope, backup, figures),
    figures,
    ...(again !== undefined && { lookAgain: again }),
  };
}

function notConfigured(scope: Scope): Health {
  const own = scope.spec.postgres.topology !== "external";
  const message = own
    ? "There are no backups: name where to in spec.postgres.backup.repository (see docs/backups.md)"
    : "The database is not the operator's own: whoever runs it backs it up";
  return unhealthy({ reason: "NotConfigured", message, progress: true });
}

function figuresOf(scope: Scope, state: BackupState | undefined): BackupFigures {
  const before = scope.cluster.status?.backup;
  const drill = newestResult(scope, "drill");
  const lastRestoreDrill = drill?.seconds === undefined ? before?.lastRestoreDrill : drillFigures(drill);
  const { repository, archiving } = state ?? {};
  const told = repository?.ok
    ? {
        firstRecoverabilityPoint: repository.first,
        backups: repository.backups,
        bytes: repository.size,
        lastBackup: repository.last,
      }
    : before && {
        firstRecoverabilityPoint: before.firstRecoverabilityPoint,
        backups: before.backups,
        bytes: before.bytes,
        lastBackup: before.lastBackup,
      };
  const recoverableUntil = archiving?.at ?? before?.recoverableUntil;
  const all = { ...told, recoverableUntil, lastRestoreDrill };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as BackupFigures;
}

function drillFigures({ ok: _, reason: __, message: ___, ...figures }: JobResult) {
  return figures as unknown as NonNullable<BackupFigures["lastRestoreDrill"]>;
}

function archivingHealth(scope: Scope, backup: BackupSpec, state: BackupState | undefined): Health {
  const secret = repositorySecretProblem(scope, backup.repository);
  if (secret) return unhealthy(secret);
  if (!state) return watcherHealth(scope);
  const { repository, archiving } = state;
  const trouble = (reason: string, words: string) =>
    unhealthy({ reason, message: `${words}. ${adviceOn(reason, backup.repository)}` });
  if (!repository.ok)
    return trouble(repository.reason ?? "Failed", `The repository cannot be used: ${repository.message}`);
  if (!archiving.known) return waiting("Waiting", "Postgres does not answer (see PostgresReady)");
  if (archiving.mode !== "on")
    return waiting("Waiting", "Postgres begins to archive when it has been restarted");
  if (
    repository.system !== undefined &&
    archiving.system !== undefined &&
    repository.system !== archiving.system
  )
    return trouble("OtherDatabase", `The repository holds another database under the name "${scope.name}"`);
  if (archiving.failing)
    return trouble(
      "Failed",
      `The log cannot be archived: ${archiving.failing.wal} failed at ${archiving.failing.at}, ${archiving.failing.waiting} segments wait on the data volume. ` +
        `Postgres' log says why (kubectl -n ${scope.namespace} logs -l app.kubernetes.io/instance=${scope.name},app.kubernetes.io/component=postgres | grep nexus-pgbackrest)`,
    );
  if (!archiving.wal)
    return waiting("Waiting", "The first segment of the log is archived within a minute of a change");
  const { last, archived } = repository;
  if (archived && isBehind(archived, archiving.wal)) return gap(scope, archived);
  if (archiving.gap && !(timeOf(last?.at) > timeOf(archiving.gap.at))) return gap(scope, archiving.gap.wal);
  return healthy(
    "Archiving",
    repository.first
      ? `Each minute since ${repository.first} can be restored`
      : "The log is archived; the first backup is yet to come (see LastBackup)",
  );
}

/** Names of segments of one timeline sort by age. Marks of backups and of timelines are archived too, and say nothing. */
function isBehind(archived: string, wal: string): boolean {
  const [segment] = /^[0-9A-F]{24}/.exec(wal) ?? [];
  return segment !== undefined && archived.slice(0, 8) === segment.slice(0, 8) && archived < segment;
}

function gap(scope: Scope, around: string): Health {
  return unhealthy({
    reason: "ArchiveGap",
    message:
      `A part of the log around ${around} was dropped, lest the data volume be full, and cannot be restored. Take a full backup, from which on any moment can be: ` +
      takeNow(scope, backupNames(scope).full),
  });
}

/** Why the watcher has said nothing yet. */
function watcherHealth(scope: Scope): Health {
  const { health } = workloadState(scope, {
    kind: "Deployment",
    name: backupNames(scope).backup,
    component: "backup",
    noun: ["watcher of backups", "watchers of backups"],
    hints: { imageField: "spec.dataImage" },
  });
  if (health.status === "True" || health.progress)
    return waiting("Waiting", "The repository has not been looked at yet");
  return health;
}

function lastBackupHealth(
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

function drillHealth(scope: Scope, backup: BackupSpec, { lastRestoreDrill: figures }: BackupFigures): Health {
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
    const state = pod.status?.containerStatuses?.[0]?.state;
    if (state?.running || state?.terminated || pod.metadata?.deletionTimestamp !== undefined) continue;
    const problem = podProblem(pod, scope.observed, { imageField: "spec.dataImage" }, scope.context.now);
    if (problem) return problem;
  }
  return undefined;
}

function takeNow(scope: Scope, cronJob: string): string {
  return `kubectl -n ${scope.namespace} create job --from=cronjob/${cronJob} ${cronJob}-now`;
}

function megabytes(bytes: number): string {
  return bytes < 1e7 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e6)} MB`;
}
