/** Why a migration failed, from its pod's last words: what to do differs between them. */
import type { V1Pod } from "@kubernetes/client-node";
import { lastWords } from "../common/last-words.ts";
import { findLabelled, timeOf } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";

export interface MigrationFailure {
  /** The database could not be connected to; has a newer schema; anything else. */
  kind: "unreachable" | "newer" | "other";
  words: string;
}

// As Node, postgres.js and Postgres say them.
const unreachable =
  /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ECONNRESET|CONNECT_TIMEOUT|CONNECTION_CLOSED|CONNECTION_ENDED|password authentication failed|no pg_hba\.conf entry|database ".*" does not exist|role ".*" does not exist|certificate|SSL|the database system is|too many (clients|connections)/i;
const newer = /newer than this release knows/;

/** The failure of the Job's last pod; undefined when it has said nothing yet. */
export function migrationFailure(scope: Scope, job: string): MigrationFailure | undefined {
  const pods = findLabelled<V1Pod>(scope.observed, "Pod", { "batch.kubernetes.io/job-name": job });
  const ended = pods
    .map(({ metadata, status }) => ({
      at: timeOf(metadata?.creationTimestamp),
      state: status?.containerStatuses?.[0]?.state?.terminated,
    }))
    .filter(({ state }) => state !== undefined && state.exitCode !== 0)
    .sort((a, b) => b.at - a.at)[0];
  if (!ended?.state) return undefined;
  const words =
    lastWords(ended.state.message) ||
    `it ended with exit code ${ended.state.exitCode} (${ended.state.reason})`;
  const kind = newer.test(words) ? "newer" : unreachable.test(words) ? "unreachable" : "other";
  return { kind, words: words.replace(/^migration failed: /, "").replace(/\.$/, "") };
}
