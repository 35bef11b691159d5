import { chatClusterSpec, group, kind, maxNameLength, plural, version } from "./chat-cluster.ts";
import { chatClusterStatus } from "./status.ts";
import { forApiServer, type Structural, structural } from "./structural.ts";

/** Columns of `kubectl get chat`; those of priority 1 come with `-o wide`. */
const columns = [
  {
    name: "Ready",
    type: "string",
    jsonPath: condition("Ready", "status"),
    description: "Whether all is ready.",
  },
  { name: "Reason", type: "string", jsonPath: condition("Ready", "reason"), description: "Why, in a word." },
  { name: "Version", type: "string", jsonPath: ".status.version", description: "The version that runs." },
  {
    name: "Gateways",
    type: "string",
    jsonPath: ".status.gateways.summary",
    description: "Gateways that are ready, of those that should be.",
  },
  {
    name: "Redis",
    type: "string",
    jsonPath: condition("RedisReady", "reason"),
    description: "State of Redis.",
  },
  {
    name: "Postgres",
    type: "string",
    jsonPath: condition("PostgresReady", "reason"),
    description: "State of Postgres.",
  },
  {
    name: "Age",
    type: "date",
    jsonPath: ".metadata.creationTimestamp",
    description: "Since when it is there.",
  },
  {
    name: "Workers",
    type: "string",
    jsonPath: ".status.workers.summary",
    description: "Workers that are ready, of those that should be.",
    priority: 1,
  },
  {
    name: "Primary",
    type: "string",
    jsonPath: ".status.postgres.primary",
    description: "The Postgres pod that takes writes, of several.",
    priority: 1,
  },
  {
    name: "URL",
    type: "string",
    jsonPath: ".status.url",
    description: "Where the chat is reached.",
    priority: 1,
  },
  {
    name: "Message",
    type: "string",
    jsonPath: condition("Ready", "message"),
    description: "What is so, and what to do next.",
    priority: 1,
  },
];

function condition(type: string, field: string): string {
  return `.status.conditions[?(@.type=="${type}")].${field}`;
}

/** The schema of a whole ChatCluster. */
export function chatClusterSchema(): Structural {
  return {
    type: "object",
    description: "A chat platform: gateways, workers, and the Redis and Postgres behind them.",
    properties: {
      apiVersion: { type: "string", description: `${group}/${version}` },
      kind: { type: "string", description: kind },
      // The bound is for the cost that the API server reckons for the rules below.
      metadata: { type: "object", properties: { name: { type: "string", maxLength: 253 } } },
      spec: structural(chatClusterSpec),
      status: structural(chatClusterStatus),
    },
    "x-kubernetes-validations": [
      {
        rule: `size(self.metadata.name) <= ${maxNameLength}`,
        message: `the name is too long: use at most ${maxNameLength} characters, since names of Services and pods are made from it`,
        fieldPath: ".metadata.name",
      },
      {
        rule: "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        message:
          "the name must begin with a letter and hold only small letters, digits and hyphens, since names of Services are made from it",
        fieldPath: ".metadata.name",
      },
    ],
  };
}

/** The CustomResourceDefinition of the ChatCluster; the same object each time. */
export function chatClusterCrd() {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      labels: { "app.kubernetes.io/name": "nexus", "app.kubernetes.io/part-of": "nexus" },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: "chatcluster",
        shortNames: ["chat"],
        categories: ["all"],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          subresources: {
            status: {},
            scale: {
              specReplicasPath: ".spec.gateway.replicas",
              statusReplicasPath: ".status.gateways.replicas",
              labelSelectorPath: ".status.gateways.selector",
            },
          },
          schema: { openAPIV3Schema: forApiServer(chatClusterSchema()) },
        },
      ],
    },
  };
}
