import type { V1Deployment } from "@kubernetes/client-node";
import { findOwned } from "../common/observed.ts";
import type { Scope } from "../common/scope.ts";

/**
 * The number of gateways that is written while autoscaling is on: none, since the scaler decides and what is there
 * stays. A new Deployment begins with the least; and so does one that somebody set to 0, which stops the scaler for
 * ever.
 */
export function heldReplicas(scope: Scope): number | undefined {
  const live = findOwned<V1Deployment>(scope.observed, "Deployment", scope.names.gateway);
  if (live !== undefined && live.spec?.replicas !== 0) return undefined;
  return scope.spec.gateway.autoscaling.minReplicas;
}
