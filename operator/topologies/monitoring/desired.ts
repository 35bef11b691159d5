/** PodMonitors, for a Prometheus that the Prometheus operator runs. */
import type { KubernetesObject } from "@kubernetes/client-node";
import { type Component, selectorLabels } from "../common/labels.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

export const POD_MONITOR_API = "monitoring.coreos.com/v1/PodMonitor";

export function podMonitors(scope: Scope): KubernetesObject[] {
  const { podMonitor } = scope.spec.monitoring;
  if (podMonitor === "disabled" || !scope.observed.apis.has(POD_MONITOR_API)) return [];
  return [monitor(scope, scope.names.gateway, "gateway"), monitor(scope, scope.names.worker, "worker")];
}

/** What was asked for and cannot be had; undefined when all is well. */
export function monitoringGap(scope: Scope): string | undefined {
  if (scope.spec.monitoring.podMonitor !== "enabled" || scope.observed.apis.has(POD_MONITOR_API))
    return undefined;
  return "PodMonitors are not made, since this cluster does not know them: install the Prometheus operator, or set spec.monitoring.podMonitor: auto";
}

/** What dashboards and alerts group by, besides the namespace and the pod. */
const relabelings = [
  { sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_instance"], targetLabel: "chat_cluster" },
  { sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_component"], targetLabel: "component" },
];

function monitor(scope: Scope, name: string, component: Component): KubernetesObject & { spec: object } {
  const { interval, labels } = scope.spec.monitoring;
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: ownedMetadata(scope, name, component, { labels }),
    spec: {
      selector: { matchLabels: selectorLabels(scope.name, component) },
      podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval, relabelings }],
    },
  };
}
