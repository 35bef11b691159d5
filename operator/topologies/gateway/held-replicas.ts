import type { V1Deployment, V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { findOwned } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";

/**
 * The number of gateways that is written while autoscaling is on: none as soon as the scaler has set one. Before that
 * the present number is kept (within the scaler's bounds), since a number that is given up by its only writer falls
 * back to 1, and all gateways but one would go at once.
 */
export function heldReplicas(scope: Scope): number | undefined {
  const { minReplicas, maxReplicas } = scope.spec.gateway.autoscaling;
  const live = findOwned<V1Deployment>(scope.observed, "Deployment", scope.names.gateway);
  if (!live) return minReplicas;
  const scalers = scope.observed.owned.filter(
    (object): object is V2HorizontalPodAutoscaler => object.kind === "HorizontalPodAutoscaler",
  );
  const hasScaled = scalers.some(
    ({ spec, status }) =>
      spec?.scaleTargetRef.name === scope.names.gateway && status?.lastScaleTime !== undefined,
  );
  if (hasScaled) return undefined;
  return Math.min(maxReplicas, Math.max(minReplicas, live.spec?.replicas ?? minReplicas));
}
