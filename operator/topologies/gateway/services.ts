import type { V1PodDisruptionBudget, V1Service } from "@kubernetes/client-node";
import { gatewayReplicas } from "../../api/gateway.ts";
import { disruptionBudget } from "../common/disruption-budget.ts";
import { selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import { ownedMetadata } from "../common/object.ts";
import type { Scope } from "../common/scope.ts";

/** The Service that clients come through, and a headless one that names each ready gateway. */
export function gatewayServices(scope: Scope): V1Service[] {
  const selector = selectorLabels(scope.name, "gateway");
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: ownedMetadata(scope, scope.names.gateway, "gateway"),
      spec: {
        type: "ClusterIP",
        selector,
        ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP" }],
      },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: ownedMetadata(scope, scope.names.gatewayPods, "gateway"),
      spec: {
        clusterIP: "None",
        selector,
        ports: [{ name: "http", port: ports.http, targetPort: "http", protocol: "TCP" }],
      },
    },
  ];
}

/** One gateway at a time when nodes are emptied. With a single gateway it would only keep its node from being emptied. */
export function gatewayDisruptionBudget(scope: Scope): V1PodDisruptionBudget[] {
  const { gateway } = scope.spec;
  const least = gatewayReplicas(gateway) ?? gateway.autoscaling.minReplicas;
  if (least <= 1) return [];
  // A gateway that never became ready protects nobody.
  const unready = { unhealthyPodEvictionPolicy: "AlwaysAllow" };
  return [disruptionBudget(scope, scope.names.gateway, "gateway", unready)];
}
