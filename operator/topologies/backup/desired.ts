/**
 * Backups of a Postgres of our own by pgBackRest. Postgres' pods archive the log; Jobs beside the primary take backups;
 * a drill restores them; one pod watches. docs/adr/0020 says why so.
 */
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Scope } from "../common/scope.ts";
import { membersOf, primaryOf } from "../postgres/ha/members.ts";
import { cronJobs, firstBackup } from "./jobs.ts";
import { repositoryConfigMaps } from "./repository.ts";
import { backupState } from "./results.ts";
import { watcher } from "./watcher.ts";

/** @param usable Postgres takes connections. */
export function backups(scope: Scope, usable: boolean): KubernetesObject[] {
  const { backup, topology } = scope.spec.postgres;
  if (topology === "external") return [];
  const settings = repositoryConfigMaps(scope);
  // Its password is in a Secret that is still to be made.
  if (!backup || !scope.observed.secrets.has(scope.names.postgres)) return settings;
  const primary = primaryPod(scope);
  const state = backupState(scope);
  const none = usable && state?.repository.ok === true && state.repository.backups === 0;
  const archives = state?.archiving.known === true && state.archiving.mode === "on";
  return [
    ...settings,
    ...watcher(scope, backup),
    ...cronJobs(scope, backup, primary),
    ...(none && archives ? firstBackup(scope, backup, primary) : []),
  ];
}

/** The pod that takes writes, or did when one was last known. */
function primaryPod(scope: Scope): string {
  const { names, spec, cluster } = scope;
  const first = `${names.postgres}-0`;
  if (spec.postgres.topology !== "ha") return first;
  const primary = primaryOf(membersOf(scope));
  return (primary?.ready ? primary.name : undefined) ?? cluster.status?.postgres?.primary ?? first;
}
