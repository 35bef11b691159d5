/** How the backups are: three conditions, and the figures behind them. */
import { drillFigures } from "../../api/backup-status.ts";
import type { ChatClusterStatus } from "../../api/chat-cluster.ts";
import { type Health, unhealthy } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { archivingHealth } from "./archiving-health.ts";
import { drillHealth, lastBackupHealth, patienceLeft } from "./job-health.ts";
import { firstAgain } from "./jobs.ts";
import { type BackupState, backupState, newestResult } from "./results.ts";

export type BackupFigures = NonNullable<ChatClusterStatus["backup"]>;

export interface BackupStatus {
  archiving: Health;
  lastBackup: Health;
  drill: Health;
  figures?: BackupFigures;
  lookAgain?: number;
}

export function backupStatus(scope: Scope): BackupStatus {
  const { backup } = scope.spec.postgres;
  if (!backup)
    return { archiving: notConfigured(scope), lastBackup: notConfigured(scope), drill: notConfigured(scope) };
  const state = backupState(scope);
  const figures = figuresOf(scope, state);
  const again = [firstAgain(scope), patienceLeft(scope)].filter((time) => time !== undefined);
  return {
    archiving: archivingHealth(scope, backup, state),
    lastBackup: lastBackupHealth(scope, backup, figures),
    drill: drillHealth(scope, backup, figures),
    figures,
    ...(again.length > 0 && { lookAgain: Math.min(...again) }),
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
  // One that brought nothing back has no figures.
  const lastRestoreDrill = drillFigures.safeParse(drill).data ?? before?.lastRestoreDrill;
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
