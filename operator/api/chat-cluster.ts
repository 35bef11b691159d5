/**
 * The ChatCluster, `nexus.chat/v1alpha1`: one zod schema from which come the types, the CustomResourceDefinition
 * (crd.ts), the chart's values.schema.json and the reference page. A rule stands beside the field that it is about.
 */
import * as z from "zod";
import { authSpec, httpRouteSpec, ingressSpec } from "./access.ts";
import { configSpec } from "./config.ts";
import { objectName, text, textMap, verbatimObject } from "./fields.ts";
import { gatewaySpec } from "./gateway.ts";
import { postgresSpec } from "./postgres.ts";
import { redisSpec } from "./redis.ts";
import { type ChatClusterStatus, chatClusterStatus } from "./status.ts";
import { workerSpec } from "./worker.ts";

export {
  type ChatClusterStatus,
  type Condition,
  type ConditionType,
  conditionReasons,
  conditionTypes,
} from "./status.ts";

export const group = "nexus.chat";
export const version = "v1alpha1";
export const kind = "ChatCluster";
export const plural = "chatclusters";
export const apiVersion = `${group}/${version}`;
/** Longest name: `<name>-postgres-rw` and the hashes that Kubernetes appends must fit into 63 characters. */
export const maxNameLength = 40;

const tag = text(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/, "an image's tag such as 1.2.0", 128);
const repository = text(
  /^[a-z0-9]([-._a-z0-9/:]*[a-z0-9])?$/,
  "an image's repository such as ghcr.io/nexus-chat/nexus, without a tag",
);
const pullPolicy = z
  .enum(["Always", "IfNotPresent", "Never"])
  .default("IfNotPresent")
  .meta({ description: "When nodes pull the image." });

export const chatClusterSpec = z
  .object({
    version: tag.optional().meta({ description: "Version of Nexus; the operator's own if left out." }),
    image: z
      .object({
        repository: repository
          .optional()
          .meta({ description: "Repository; the operator's own if left out." }),
        tag: tag.optional().meta({ description: "Tag; spec.version if left out." }),
        pullPolicy,
        pullSecrets: z
          .array(z.object({ name: objectName("Name of the Secret.") }))
          .max(16)
          .default([])
          .meta({ description: "Secrets to pull images with, this and the data image." }),
      })
      .prefault({})
      .meta({ description: "The image of gateways, workers and migrations." }),
    dataImage: z
      .object({
        repository: repository
          .optional()
          .meta({ description: "Repository; the operator's default if left out." }),
        tag: tag.optional().meta({ description: "Tag; the operator's default if left out." }),
        pullPolicy,
      })
      .prefault({})
      .meta({ description: "The image of the operator's own Redis and Postgres." }),
    deletionPolicy: z.enum(["Retain", "Delete"]).default("Retain").meta({
      description:
        "What becomes of volumes and generated Secrets when the ChatCluster is deleted: `Retain` keeps them, and a ChatCluster of the same name takes them up again; `Delete` removes all messages for ever.",
    }),
    config: configSpec,
    gateway: gatewaySpec,
    worker: workerSpec,
    redis: redisSpec,
    postgres: postgresSpec,
    push: z
      .object({
        secretRef: z.object({ name: objectName("Name of the Secret.") }).meta({
          description:
            "Secret with the key `service-account.json`, or with `project-id`, `client-email` and `private-key`.",
        }),
      })
      .optional()
      .meta({ description: "Push notifications by Firebase Cloud Messaging; off if left out." }),
    auth: authSpec,
    ingress: ingressSpec,
    httpRoute: httpRouteSpec,
    monitoring: z
      .object({
        podMonitor: z.enum(["auto", "enabled", "disabled"]).default("auto").meta({
          description: "Make PodMonitors for Prometheus: `auto` does where the cluster knows them.",
        }),
        labels: textMap("Labels on the PodMonitors, by which Prometheus selects them."),
        interval: text(/^[0-9]+(ms|s|m)$/, "a time such as 15s", 16)
          .default("15s")
          .meta({ description: "How often metrics are read." }),
      })
      .prefault({})
      .meta({ description: "Metrics for Prometheus." }),
    networkPolicies: z
      .object({
        enabled: z
          .boolean()
          .default(true)
          .meta({ description: "Make NetworkPolicies that let pods speak only with whom they must." }),
        gatewayFrom: z
          .array(verbatimObject("A peer as in a NetworkPolicy."))
          .max(32)
          .default([])
          .meta({ description: "Who may reach the gateways; anyone if empty." }),
        metricsFrom: z
          .array(verbatimObject("A peer as in a NetworkPolicy."))
          .max(32)
          .default([])
          .meta({ description: "Who may read metrics; anyone in the Kubernetes cluster if empty." }),
      })
      .prefault({})
      .meta({ description: "NetworkPolicies of all pods." }),
  })
  .prefault({})
  .meta({ description: "What the chat cluster should be. Empty is a working one." });

const metadata = z.looseObject({
  name: z.string(),
  namespace: z.string(),
  uid: z.string().default(""),
  generation: z.int().default(1),
  resourceVersion: z.string().optional(),
  creationTimestamp: z.coerce.date().optional(),
  deletionTimestamp: z.coerce.date().optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

const chatCluster = z.object({
  apiVersion: z.literal(apiVersion).default(apiVersion),
  kind: z.literal(kind).default(kind),
  metadata,
  spec: chatClusterSpec,
  status: chatClusterStatus.optional(),
});

export type ChatClusterSpec = z.output<typeof chatClusterSpec>;
/** The spec as a person may write it: what has a default may be left out. */
export type ChatClusterSpecInput = z.input<typeof chatClusterSpec>;
export type ChatCluster = Omit<z.output<typeof chatCluster>, "status"> & { status?: ChatClusterStatus };

/**
 * A ChatCluster as the API server or a file has it, with all defaults.
 * @throws z.ZodError that names each wrong field; the API server has refused those unless its CRD is older.
 */
export function parseChatCluster(raw: unknown): ChatCluster {
  return chatCluster.parse(raw) as ChatCluster;
}
