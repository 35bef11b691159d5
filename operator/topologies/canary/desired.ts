/** The canary of the workers: two synthetic users who write to each other through two gateways. On by its interval. */
import type { V1EnvVar, V1Pod } from "@kubernetes/client-node";
import type { ChatClusterSpec } from "../../api/chat-cluster.ts";
import { selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { findLabelled, type Observed } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";

export function canaryWanted(spec: Pick<ChatClusterSpec, "config">): boolean {
  return Number(spec.config?.CANARY_INTERVAL ?? 0) > 0;
}

/** The headless Service stands for every gateway that is ready. */
export function canaryVariables({ spec, names }: Scope): V1EnvVar[] {
  if (!canaryWanted(spec)) return [];
  return [{ name: "CANARY_GATEWAYS", value: `http://${names.gatewayPods}:${ports.http}` }];
}

/** Where the metrics of the cluster's workers are. */
export function workerMetrics(observed: Observed, cluster: string): string[] {
  return findLabelled<V1Pod>(observed, "Pod", selectorLabels(cluster, "worker"))
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .flatMap(({ status }) => status?.podIP ?? [])
    .map((ip) => `http://${ip.includes(":") ? `[${ip}]` : ip}:${ports.metrics}/metrics`)
    .sort();
}
