import type { V2HorizontalPodAutoscaler } from "@kubernetes/client-node";
import { findOwned } from "../common/observed.ts";
import { type Health, healthy, oneLine } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { type WorkloadState, workloadState } from "../common/workload.ts";
import { autoscalingGap } from "./autoscaling.ts";

export function gatewayStatus(scope: Scope): WorkloadState {
  const { autoscaling } = scope.spec.gateway;
  const state = workloadState(scope, {
    kind: "Deployment",
    name: scope.names.gateway,
    component: "gateway",
    noun: ["gateway", "gateways"],
    hints: {
      imageField: "spec.image",
      podsField: "spec.gateway",
      notReady: "a gateway is ready once Postgres answers it",
    },
    ...(autoscaling.enabled && { enough: autoscaling.minReplicas }),
  });
  return { ...state, health: withScalerNote(scope, state.health) };
}

/** Gateways run, but the scaler does not act: said beside, since it takes nothing from who is connected. */
function withScalerNote(scope: Scope, health: Health): Health {
  if (health.status !== "True") return health;
  const gap = autoscalingGap(scope) ?? scalerProblem(scope);
  return gap === undefined ? health : healthy(health.reason, `${health.message}; ${gap}`);
}

function scalerProblem(scope: Scope): string | undefined {
  if (!scope.spec.gateway.autoscaling.enabled) return undefined;
  const scaler = findOwned<V2HorizontalPodAutoscaler>(
    scope.observed,
    "HorizontalPodAutoscaler",
    scope.names.gateway,
  );
  const active = scaler?.status?.conditions?.find(({ type }) => type === "ScalingActive");
  if (active?.status !== "False" || active.reason === "ScalingDisabled") return undefined;
  const byConnections = scope.spec.gateway.autoscaling.connectionMetric === "pods";
  return (
    `autoscaling waits for its metrics (${oneLine(active.message ?? active.reason ?? "", 200)}): ` +
    `metrics-server serves those of the processor${byConnections ? ", prometheus-adapter those of connections" : ""}. See kubectl -n ${scope.namespace} describe hpa ${scope.names.gateway}`
  );
}
