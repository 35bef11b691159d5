/** A planned change of the primary: `kubectl annotate chat team nexus.chat/switchover=team-postgres-1`. */
import type { V1ConfigMap } from "@kubernetes/client-node";
import { selectorLabels } from "../../common/labels.ts";
import { ownedMetadata } from "../../common/object.ts";
import type { Scope } from "../../common/scope.ts";
import { SCOPE_LABEL } from "./config.ts";
import { membersOf, primaryOf, streamingReplicas } from "./members.ts";

export const SWITCHOVER = "nexus.chat/switchover";

/** The pod that a person wants as the primary, unless that was done already. Carried out once for each value. */
export function wantedPrimary(scope: Scope): string | undefined {
  const wanted = scope.cluster.metadata.annotations?.[SWITCHOVER];
  return wanted === undefined || wanted === "" || wanted === scope.cluster.status?.postgres?.switchover
    ? undefined
    : wanted;
}

/** The value that is carried out by now: to be kept in the status. */
export function carriedOut(scope: Scope, primary: string | undefined): string | undefined {
  const wanted = wantedPrimary(scope);
  return wanted !== undefined && wanted === primary ? wanted : scope.cluster.status?.postgres?.switchover;
}

/** What Patroni reads the wish from; it goes once the wish is fulfilled. */
export function switchover(scope: Scope): V1ConfigMap[] {
  const wanted = wantedPrimary(scope);
  const members = membersOf(scope);
  const primary = primaryOf(members);
  const candidate = streamingReplicas(members).find(({ name }) => name === wanted);
  if (!candidate || !primary?.ready) return [];
  const metadata = ownedMetadata(scope, `${scope.names.postgres}-failover`, "postgres", {
    labels: { ...selectorLabels(scope.name, "postgres"), [SCOPE_LABEL]: scope.names.postgres },
    annotations: { leader: primary.name, member: candidate.name },
  });
  return [{ apiVersion: "v1", kind: "ConfigMap", metadata }];
}

/** What stands against the wish, for people. */
export function switchoverGap(scope: Scope): string | undefined {
  const wanted = wantedPrimary(scope);
  const members = membersOf(scope);
  if (wanted === undefined || primaryOf(members)?.name === wanted) return undefined;
  if (streamingReplicas(members).some(({ name }) => name === wanted)) return `switching over to ${wanted}`;
  const could = streamingReplicas(members).map(({ name }) => name);
  return (
    `the switchover to "${wanted}" waits until that is a replica in sync ` +
    `(now: ${could.length > 0 ? could.join(", ") : "none"}): correct the annotation ${SWITCHOVER} or remove it`
  );
}
