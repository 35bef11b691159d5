import type { Scope } from "../common/scope.ts";

export interface BackupNames {
  /** ConfigMap with the repository's settings, and Deployment, account and policy of who watches it. */
  backup: string;
  /** ConfigMap in which that one tells what it sees. */
  state: string;
  /** ConfigMap with the settings of the repository that the data came from. */
  recovery: string;
  /** NetworkPolicy of Jobs' pods. */
  jobs: string;
  /** Job of the very first backup. */
  first: string;
  /** CronJobs. Their names have at most 52 characters. */
  full: string;
  differential: string;
  incremental: string;
  drill: string;
}

export function backupNames({ name }: Pick<Scope, "name">): BackupNames {
  return {
    backup: `${name}-backup`,
    state: `${name}-backup-state`,
    recovery: `${name}-recovery`,
    jobs: `${name}-backup-jobs`,
    first: `${name}-backup-first`,
    full: `${name}-backup-full`,
    differential: `${name}-backup-diff`,
    incremental: `${name}-backup-incr`,
    drill: `${name}-drill`,
  };
}
