/** Whether each change comes into the archive. */

import type { BackupSpec } from "../../api/backup.ts";
import { timeOf } from "../common/observed.ts";
import { type Health, healthy, unhealthy, waiting } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { workloadState } from "../common/workload.ts";
import { adviceOn, takeNow } from "./advice.ts";
import { backupNames } from "./names.ts";
import type { BackupState } from "./results.ts";
import { repositorySecretProblem } from "./secrets.ts";

export function archivingHealth(scope: Scope, backup: BackupSpec, state: BackupState | undefined): Health {
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
