/** Scaling of the gateways: quick up, slow down, by processor and, if asked, by connections. */
import type {
  KubernetesObject,
  V2HorizontalPodAutoscaler,
  V2HorizontalPodAutoscalerBehavior,
  V2MetricSpec,
} from "@kubernetes/client-node";
import { ownedMetadata } from "../common/object.ts";
import { canonicalQuantity } from "../common/quantity.ts";
import type { Scope } from "../common/scope.ts";

export const SCALED_OBJECT_API = "keda.sh/v1alpha1/ScaledObject";
/** The gauge of each gateway's open sockets. */
const CONNECTIONS = "nexus_connections";

/** A HorizontalPodAutoscaler, or KEDA's ScaledObject, which makes one of its own. */
export function gatewayAutoscaling(scope: Scope): KubernetesObject[] {
  const { autoscaling } = scope.spec.gateway;
  if (!autoscaling.enabled) return [];
  const byKeda = autoscaling.connectionMetric === "keda" && scope.observed.apis.has(SCALED_OBJECT_API);
  return [byKeda ? scaledObject(scope) : horizontalPodAutoscaler(scope)];
}

/** What autoscaling was asked for and cannot be had; undefined when all is well. */
export function autoscalingGap(scope: Scope): string | undefined {
  const { enabled, connectionMetric } = scope.spec.gateway.autoscaling;
  if (!enabled || connectionMetric !== "keda" || scope.observed.apis.has(SCALED_OBJECT_API)) return undefined;
  return "autoscaling goes by processor alone, since this cluster has no KEDA: install it, or set spec.gateway.autoscaling.connectionMetric";
}

function behavior(scope: Scope): V2HorizontalPodAutoscalerBehavior {
  const { scaleUpStabilizationSeconds, scaleDownStabilizationSeconds } = scope.spec.gateway.autoscaling;
  return {
    scaleUp: {
      stabilizationWindowSeconds: scaleUpStabilizationSeconds,
      selectPolicy: "Max",
      policies: [
        { type: "Percent", value: 100, periodSeconds: 15 },
        { type: "Pods", value: 4, periodSeconds: 15 },
      ],
    },
    // Each gateway that goes moves its clients to the others: one by one.
    scaleDown: {
      stabilizationWindowSeconds: scaleDownStabilizationSeconds,
      selectPolicy: "Max",
      policies: [
        { type: "Percent", value: 10, periodSeconds: 60 },
        { type: "Pods", value: 1, periodSeconds: 60 },
      ],
    },
  };
}

function horizontalPodAutoscaler(scope: Scope): V2HorizontalPodAutoscaler {
  const { autoscaling } = scope.spec.gateway;
  const metrics: V2MetricSpec[] = [
    {
      type: "Resource",
      resource: {
        name: "cpu",
        target: { type: "Utilization", averageUtilization: autoscaling.targetCPUUtilizationPercentage },
      },
    },
  ];
  if (autoscaling.connectionMetric === "pods")
    metrics.push({
      type: "Pods",
      pods: {
        metric: { name: CONNECTIONS },
        target: {
          type: "AverageValue",
          averageValue: canonicalQuantity(String(autoscaling.connectionsPerPod)),
        },
      },
    });
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: ownedMetadata(scope, scope.names.gateway, "gateway"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: scope.names.gateway },
      minReplicas: autoscaling.minReplicas,
      maxReplicas: autoscaling.maxReplicas,
      metrics,
      behavior: behavior(scope),
    },
  };
}

function scaledObject(scope: Scope): KubernetesObject & { spec: object } {
  const { autoscaling } = scope.spec.gateway;
  const selector = `namespace="${scope.namespace}",pod=~"${scope.names.gateway}-[^-]+-[^-]+"`;
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: ownedMetadata(scope, scope.names.gateway, "gateway"),
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: scope.names.gateway },
      minReplicaCount: autoscaling.minReplicas,
      maxReplicaCount: autoscaling.maxReplicas,
      advanced: { horizontalPodAutoscalerConfig: { behavior: behavior(scope) } },
      triggers: [
        {
          type: "cpu",
          metricType: "Utilization",
          metadata: { value: String(autoscaling.targetCPUUtilizationPercentage) },
        },
        {
          type: "prometheus",
          metricType: "AverageValue",
          metadata: {
            serverAddress: autoscaling.kedaPrometheusAddress ?? "",
            query: `sum(${CONNECTIONS}{${selector}})`,
            threshold: String(autoscaling.connectionsPerPod),
          },
        },
      ],
    },
  };
}
