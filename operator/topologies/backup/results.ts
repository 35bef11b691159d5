/** What the watcher and the Jobs have told: images/data/backup writes it. */
import { createHash } from "node:crypto";
import type { V1ConfigMap, V1ContainerStateTerminated, V1Pod } from "@kubernetes/client-node";
import { lastWords } from "../common/last-words.ts";
import { findLabelled, findOwned, timeOf } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";
import { JOB_LABEL } from "./jobs.ts";
import { backupNames } from "./names.ts";
import { repositoryFiles } from "./repository.ts";

export interface TakenBackup {
  label: string;
  type: string;
  /** When it was complete, as RFC 3339. */
  at: string;
  seconds: number;
  bytes: number;
}

export interface RepositoryState {
  ok: boolean;
  reason?: string;
  message?: string;
  backups?: number;
  first?: string;
  last?: TakenBackup;
  size?: number;
  /** The newest segment of the log in it. */
  archived?: string | null;
  /** Which database it belongs to. */
  system?: string;
}

export interface ArchivingState {
  /** False while Postgres does not answer. */
  known: boolean;
  mode?: string;
  wal?: string;
  at?: string;
  /** The segment that failed last, when it did, and how many wait. */
  failing?: { wal: string; at: string; waiting: number };
  /** The newest segment that was dropped, lest the volume be full, and when. */
  gap?: { wal: string; at: string };
  system?: string;
}

export interface BackupState {
  repository: RepositoryState;
  archiving: ArchivingState;
}

/** What the watcher saw last; undefined when it has said nothing yet about the settings as they are now. */
export function backupState(scope: Scope): BackupState | undefined {
  const names = backupNames(scope);
  const text = findOwned<V1ConfigMap>(scope.observed, "ConfigMap", names.state)?.data?.state;
  const state = parse(text) as (BackupState & { settings?: string }) | undefined;
  const settings = createHash("sha256")
    .update(repositoryFiles(scope)[names.backup] ?? "")
    .digest("hex");
  return state?.settings === settings.slice(0, 16) ? state : undefined;
}

export interface JobResult {
  ok: boolean;
  at: string;
  type?: string;
  reason?: string;
  message?: string;
  [figure: string]: unknown;
}

/** The result of the newest Job of that kind that has ended; undefined: none is known. */
export function newestResult(scope: Scope, kind: "backup" | "drill"): JobResult | undefined {
  const results = jobPods(scope, kind).flatMap((pod) => {
    const ended = pod.status?.containerStatuses?.[0]?.state?.terminated;
    return ended ? [{ at: timeOf(ended.finishedAt), result: resultOf(ended) }] : [];
  });
  return results.sort((a, b) => b.at - a.at)[0]?.result;
}

export function jobPods(scope: Scope, kind: "backup" | "drill"): V1Pod[] {
  return findLabelled<V1Pod>(scope.observed, "Pod", {
    "app.kubernetes.io/component": "backup-job",
    [JOB_LABEL]: kind,
  });
}

function resultOf(ended: V1ContainerStateTerminated): JobResult {
  const told = parse(ended.message) as JobResult | undefined;
  if (typeof told?.ok === "boolean" && typeof told.at === "string") return told;
  const at = new Date(timeOf(ended.finishedAt)).toISOString().replace(/\.\d+Z$/, "Z");
  const how =
    ended.reason === "OOMKilled"
      ? "it used more memory than spec.postgres.backup.resources allows"
      : undefined;
  const message = how ?? (lastWords(ended.message) || `it ended with exit code ${ended.exitCode}`);
  return { ok: false, at, reason: "Failed", message };
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
