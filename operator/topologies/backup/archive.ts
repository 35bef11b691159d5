/** What the pods of Postgres itself have for backups: they archive the log, and begin with a backup's data. */
import type { V1EnvVar, V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { Scope } from "../common/scope.ts";
import type { Destination } from "../common/store.ts";
import { backupNames } from "./names.ts";
import { OWN, repositoryDestinations, repositoryMounts, SOURCE } from "./repository.ts";

/** Its name must hold "pgbackrest": that looks for itself in archive_command. */
export const PROGRAM = "/usr/local/bin/nexus-pgbackrest";

/** Settings of Postgres, over those of a person. */
export function archiveSettings({ spec }: Scope): Record<string, string> {
  const { backup, parameters } = spec.postgres;
  if (!backup) return {};
  return {
    archive_mode: "on",
    archive_command: `${PROGRAM} push %p`,
    // What was written is in the archive after a minute, also when little is written.
    archive_timeout: parameters?.archive_timeout ?? "60s",
  };
}

export interface ArchiveParts {
  env: V1EnvVar[];
  volumes: V1Volume[];
  mounts: V1VolumeMount[];
}

/** What a Postgres' pod has besides; it never changes with a Secret's or a repository's contents. */
export function archiveParts(scope: Scope): ArchiveParts {
  const { backup, bootstrap } = scope.spec.postgres;
  const names = backupNames(scope);
  const recovery = bootstrap?.recovery;
  const own = backup && repositoryMounts(backup.repository, names.backup, OWN);
  const source = recovery && repositoryMounts(recovery.repository, names.recovery, SOURCE);
  return {
    env: recovery
      ? [
          { name: "NEXUS_RECOVERY", value: SOURCE },
          ...(recovery.targetTime === undefined
            ? []
            : [{ name: "RECOVERY_TARGET_TIME", value: recovery.targetTime }]),
        ]
      : [],
    volumes: [...(own?.volumes ?? []), ...(source?.volumes ?? [])],
    mounts: [...(own?.mounts ?? []), ...(source?.mounts ?? [])],
  };
}

/** Where a Postgres' pod connects to for its backups. */
export function archiveDestinations({ spec }: Scope): Destination[] {
  const { backup, bootstrap } = spec.postgres;
  const repositories = [backup?.repository, bootstrap?.recovery.repository].filter(
    (one) => one !== undefined,
  );
  return repositories.flatMap(repositoryDestinations);
}
