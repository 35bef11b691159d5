/**
 * In which order pods get a new template: replicas first, one at a time and each in sync before the next goes; the
 * primary last, which hands over before it stops. The StatefulSet itself knows nothing of roles.
 */
import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { findOwned } from "../../common/observed.ts";
import { patienceLeft } from "../../common/pod-problem.ts";
import type { Scope } from "../../common/scope.ts";
import { type Member, membersOf, primaryOf, streamingReplicas } from "./members.ts";

/** The pod to replace now, if any. */
export function nextToRestart(scope: Scope): V1Pod[] {
  const set = findOwned<V1StatefulSet>(scope.observed, "StatefulSet", scope.names.postgres);
  const revision = set?.status?.updateRevision;
  if (!set || revision === undefined || set.spec?.updateStrategy?.type !== "OnDelete") return [];
  if ((set.status?.observedGeneration ?? 0) < (set.metadata?.generation ?? 0)) return [];
  const members = membersOf(scope);
  const old = members.filter(({ pod }) => pod.metadata?.labels?.["controller-revision-hash"] !== revision);
  if (old.length === 0 || members.some(({ leaving }) => leaving)) return [];
  const chosen = choose(scope, members, old, set.spec.replicas ?? 1);
  return chosen ? [chosen.pod] : [];
}

function choose(
  scope: Scope,
  members: readonly Member[],
  old: readonly Member[],
  wanted: number,
): Member | undefined {
  const primary = primaryOf(members);
  const stuck = old.find(
    (one) => one !== primary && !one.ready && patienceLeft(one.pod, scope.context.now) <= 0,
  );
  // From before there were several: the others wait for its data.
  const alone = members.some(({ role }) => role !== undefined)
    ? undefined
    : old.find(({ ordinal }) => ordinal === 0);
  if (!primary?.ready) return alone ?? stuck;
  if (stuck) return stuck;
  // A replica that is away is waited for: the loss of the next one would leave no copy.
  const inSync = streamingReplicas(members);
  if (members.length < wanted || inSync.length < wanted - 1) return undefined;
  return old.findLast((one) => one !== primary) ?? primary;
}
