import { healthy, unhealthy, waiting } from "../../common/problem.ts";
import type { Scope } from "../../common/scope.ts";
import { readAddress } from "../../common/secret.ts";
import type { StoreStatus } from "../../common/store.ts";
import type { Migration } from "../../migration/state.ts";
import { externalAddresses, postgresExample, postgresProtocols } from "./desired.ts";

/** An external database is known by what became of the migration, which is the first to connect. */
export function postgresExternalStatus(
  scope: Scope,
  migration: Pick<Migration, "migrated" | "failure" | "retrying">,
): StoreStatus {
  const { url, readUrl } = externalAddresses(scope);
  for (const ref of readUrl ? [url, readUrl] : [url]) {
    const { problem } = readAddress(scope, ref, postgresProtocols, postgresExample);
    if (problem) return { health: unhealthy(problem), usable: false };
  }
  const host = readAddress(scope, url, postgresProtocols, postgresExample).url?.host;
  if (migration.failure?.kind === "unreachable")
    return {
      health: unhealthy({
        reason: "Unreachable",
        message:
          `The database at ${host} cannot be used: ${migration.failure.words}. Check address, user and password in the Secret "${url.name}" (key ${url.key}), ` +
          "that the database runs, and that a firewall lets this cluster in; it is tried again by itself",
      }),
      usable: true,
    };
  const before = scope.cluster.status?.conditions.find(({ type }) => type === "PostgresReady");
  // Until the next attempt has ended, the last one's outcome is what people should read.
  if (migration.retrying && before?.reason === "Unreachable") return { health: before, usable: true };
  // An upgrade's migration says nothing against the database that serves meanwhile.
  const served = migration.migrated || scope.cluster.status?.schema?.image !== undefined;
  if (!served)
    return { health: waiting("Waiting", `The database at ${host} has not been tried yet`), usable: true };
  return {
    health: healthy("External", `The database at ${host} is used, by the Secret "${url.name}"`),
    usable: true,
  };
}
