import type { V1PodDisruptionBudget, V1PodDisruptionBudgetSpec } from "@kubernetes/client-node";
import { type Component, selectorLabels } from "./labels.ts";
import { ownedMetadata } from "./object.ts";
import type { Scope } from "./scope.ts";

/** The component's pods are evicted one at a time. */
export function disruptionBudget(
  scope: Scope,
  name: string,
  component: Component,
  more: Pick<V1PodDisruptionBudgetSpec, "unhealthyPodEvictionPolicy"> = {},
): V1PodDisruptionBudget {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: ownedMetadata(scope, name, component),
    spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(scope.name, component) }, ...more },
  };
}
