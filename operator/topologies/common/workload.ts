/** How a Deployment or StatefulSet is, in one Health. */
import type { V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { creationProblem } from "./creation-problem.ts";
import { type Component, selectorLabels } from "./labels.ts";
import { findLabelled, findOwned } from "./observed.ts";
import { ageOf, type PodHints, patienceLeft, podProblem } from "./pod-problem.ts";
import { type Health, healthy, type Problem, unhealthy, waiting } from "./problem.ts";
import type { Scope } from "./scope.ts";

export interface WorkloadCounts {
  /** Pods that should be. */
  replicas: number;
  ready: number;
  /** Those of the newest template. */
  updated: number;
}

export interface WorkloadState {
  counts: WorkloadCounts;
  health: Health;
  /** Look again after so many ms, since time alone may change the judgement. */
  lookAgain?: number;
}

export interface Workload {
  kind: "Deployment" | "StatefulSet";
  name: string;
  component: Component;
  /** "gateway", "gateways". */
  noun: readonly [singular: string, plural: string];
  hints: PodHints;
  /** So many are enough; otherwise all that should be. */
  enough?: number;
}

const none: WorkloadCounts = { replicas: 0, ready: 0, updated: 0 };

/** The state of `workload` as it is observed. */
export function workloadState(scope: Scope, workload: Workload): WorkloadState {
  const live = findOwned<V1Deployment | V1StatefulSet>(scope.observed, workload.kind, workload.name);
  const [, plural] = workload.noun;
  if (!live) return { counts: none, health: waiting("Starting", `The ${plural} are about to be made`) };
  const replicas = live.spec?.replicas ?? 1;
  const { readyReplicas = 0, replicas: pods = 0, observedGeneration = 0 } = live.status ?? {};
  const current = observedGeneration >= (live.metadata?.generation ?? 0);
  const updated = current ? updatedOf(live) : 0;
  const counts = { replicas, ready: Math.min(readyReplicas, replicas), updated: Math.min(updated, replicas) };
  const old = current ? pods - updated : 0;
  const many = count(counts.ready, workload.noun);
  if (updated >= replicas && old <= 0 && readyReplicas >= replicas)
    return { counts, health: healthy("Ready", `${many} ready`) };

  const { problem, lookAgain } = diagnose(scope, workload, live, replicas);
  const of = `${counts.ready} of ${count(replicas, workload.noun)} ready`;
  const but = counts.ready >= replicas ? ", but a new one does not come up" : "";
  if (problem)
    return { counts, health: unhealthy({ ...problem, message: `${of}${but}. ${problem.message}` }) };
  const rolling = old > 0 || (updated < replicas && readyReplicas > 0 && pods >= replicas);
  const health = rolling
    ? waiting(
        "RollingOut",
        `${counts.updated} of ${count(replicas, workload.noun)} replaced; the others go on meanwhile`,
      )
    : counts.ready >= (workload.enough ?? replicas)
      ? healthy("Ready", `${of}; more are starting`)
      : waiting("Starting", `${of} so far`);
  return { counts, health, ...(lookAgain !== undefined && { lookAgain }) };
}

function updatedOf(live: V1Deployment | V1StatefulSet): number {
  const status = live.status as (V1Deployment["status"] & V1StatefulSet["status"]) | undefined;
  // A StatefulSet that is up to date counts nothing as updated in some versions of Kubernetes.
  const settled = status?.updateRevision !== undefined && status.updateRevision === status.currentRevision;
  return settled ? (status?.replicas ?? 0) : (status?.updatedReplicas ?? 0);
}

function diagnose(
  scope: Scope,
  workload: Workload,
  live: V1Deployment | V1StatefulSet,
  replicas: number,
): { problem?: Problem; lookAgain?: number } {
  const { observed, context } = scope;
  const pods = livePods(scope, workload.component);
  const unready = pods
    .filter((pod) => !isReady(pod))
    .sort((a, b) => ageOf(a, context.now) - ageOf(b, context.now));
  for (const pod of unready) {
    const problem = podProblem(pod, observed, workload.hints, context.now);
    if (problem) return { problem };
  }
  const failure = (live as V1Deployment).status?.conditions?.find(({ type }) => type === "ReplicaFailure");
  const lacking = pods.length < replicas;
  const replicaFailure = failure?.status === "True" ? failure.message : undefined;
  if (lacking || replicaFailure !== undefined) {
    const problem = creationProblem(observed, {
      name: workload.name,
      namespace: scope.namespace,
      replicaFailure,
    });
    if (problem) return { problem };
  }
  const young = unready.map((pod) => patienceLeft(pod, context.now)).filter((left) => left > 0);
  return young.length > 0 ? { lookAgain: Math.min(...young) + 1000 } : {};
}

/** The component's pods that are neither on their way out nor done. */
export function livePods(scope: Scope, component: Component): V1Pod[] {
  return findLabelled<V1Pod>(scope.observed, "Pod", selectorLabels(scope.name, component)).filter(
    ({ metadata, status }) =>
      metadata?.deletionTimestamp === undefined &&
      status?.phase !== "Succeeded" &&
      status?.phase !== "Failed",
  );
}

/** Kubernetes sends it traffic. */
export function isReady(pod: V1Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false;
}

/** "1 gateway", "2 gateways". */
export function count(number: number, [singular, plural]: readonly [string, string]): string {
  return `${number} ${number === 1 ? singular : plural}`;
}
