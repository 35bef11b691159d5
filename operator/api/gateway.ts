import * as z from "zod";
import { implies, refusedWhen, rules, text } from "./fields.ts";
import { programFields } from "./pods.ts";

/** How many gateways run when neither `replicas` nor autoscaling says. */
export const defaultGatewayReplicas = 2;

const autoscaling = z
  .object({
    enabled: z
      .boolean()
      .default(false)
      .meta({ description: "Scale gateways by load instead of `replicas`." }),
    minReplicas: z.int().min(1).max(500).default(2).meta({ description: "Fewest gateways." }),
    maxReplicas: z.int().min(1).max(500).default(10).meta({ description: "Most gateways." }),
    targetCPUUtilizationPercentage: z
      .int()
      .min(1)
      .max(100)
      .default(70)
      .meta({ description: "Processor use to hold on average, in percent of the request." }),
    connectionMetric: z.enum(["none", "pods", "keda"]).default("none").meta({
      description:
        "Where the number of connections comes from: `none` (scale by processor alone), `pods` (the metrics API serves `nexus_connections`, for instance by prometheus-adapter) or `keda` (a ScaledObject asks Prometheus; KEDA must be installed).",
    }),
    connectionsPerPod: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(5000)
      .meta({ description: "Connections to hold on average for each gateway, with a connectionMetric." }),
    kedaPrometheusAddress: text(
      /^https?:\/\/[^\s]+$/,
      "an address such as http://prometheus.monitoring:9090",
      512,
    )
      .optional()
      .meta({
        description: "Address of Prometheus for KEDA, for instance http://prometheus.monitoring:9090.",
      }),
    scaleUpStabilizationSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(0)
      .meta({ description: "How long load must be high before gateways are added." }),
    scaleDownStabilizationSeconds: z
      .int()
      .min(0)
      .max(3600)
      .default(300)
      .meta({ description: "How long load must be low before gateways are taken away." }),
  })
  .prefault({})
  .meta({
    description: "Scaling of the gateways by processor use and by connections.",
    ...rules(
      {
        rule: "self.minReplicas <= self.maxReplicas",
        message: "minReplicas is above maxReplicas: raise maxReplicas or lower minReplicas",
      },
      {
        rule: "self.connectionMetric != 'keda' || has(self.kedaPrometheusAddress)",
        message:
          "connectionMetric keda needs the address of Prometheus: set kedaPrometheusAddress, for instance http://prometheus.monitoring:9090",
        reason: "FieldValueRequired",
        fieldPath: ".kedaPrometheusAddress",
        chart: implies(
          { properties: { connectionMetric: { const: "keda" } }, required: ["connectionMetric"] },
          { required: ["kedaPrometheusAddress"] },
        ),
      },
    ),
  });

export const gatewaySpec = z
  .object({
    replicas: z
      .int()
      .min(1)
      .max(500)
      .optional()
      .meta({
        description: `Number of gateways without autoscaling; ${defaultGatewayReplicas} if left out.`,
      }),
    autoscaling,
    maxConnections: z.int().min(1).max(1_000_000).default(10_000).meta({
      description: "Connections that one gateway accepts; further ones are sent to another gateway.",
    }),
    ...programFields(
      300,
      "Seconds that a stopping gateway has to hand its clients over to the others, at no more than 50 each second.",
    ),
  })
  .prefault({})
  .meta({
    description: "The gateways: the pods that clients connect to.",
    ...rules(
      {
        rule: "!(has(self.replicas) && self.autoscaling.enabled)",
        message:
          "replicas and autoscaling exclude each other: remove replicas (autoscaling.minReplicas is the least), or set autoscaling.enabled: false",
        reason: "FieldValueForbidden",
        fieldPath: ".replicas",
        chart: refusedWhen(
          {
            properties: { autoscaling: { properties: { enabled: { const: true } }, required: ["enabled"] } },
            required: ["autoscaling"],
          },
          "replicas",
          "left out together with autoscaling.enabled: true (autoscaling.minReplicas is the least)",
        ),
      },
      {
        rule: "self.autoscaling.connectionMetric == 'none' || self.autoscaling.connectionsPerPod <= self.maxConnections",
        message:
          "autoscaling.connectionsPerPod is above maxConnections, so gateways would refuse clients before more are started: set it to about half of maxConnections",
      },
    ),
  });

/** How many gateways a spec asks for; undefined when a scaler decides. */
export function gatewayReplicas(gateway: z.output<typeof gatewaySpec>): number | undefined {
  return gateway.autoscaling.enabled ? undefined : (gateway.replicas ?? defaultGatewayReplicas);
}
