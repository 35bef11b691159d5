import { chatClusterSpec, maxNameLength } from "../../operator/api/chat-cluster.ts";
import { resources } from "../../operator/api/fields.ts";
import { structural } from "../../operator/api/structural.ts";
import { chartSchema, form, type JsonSchema } from "./chart-schema.ts";
import { meaning, type Value } from "./values.ts";

const textMap: JsonSchema = { type: "object", additionalProperties: { type: "string" } };
const mode: JsonSchema = { enum: ["auto", "enabled", "disabled"] };
const pullPolicy: JsonSchema = { enum: ["Always", "IfNotPresent", "Never"] };
const namespace = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

/** What a value must be, where that is more than the type of its default. A test holds each path against values.yaml. */
export const constraints: Readonly<Record<string, JsonSchema>> = {
  nameOverride: { maxLength: 40 },
  fullnameOverride: { maxLength: 50 },
  "image.repository": { minLength: 1 },
  "image.pullPolicy": pullPolicy,
  "image.pullSecrets": {
    items: {
      type: "object",
      properties: { name: { type: "string", minLength: 1 } },
      required: ["name"],
      additionalProperties: false,
    },
  },
  "dataImage.repository": { minLength: 1 },
  "operator.replicas": { minimum: 1, maximum: 5 },
  "operator.watchNamespace": form(
    `^(|[*]|${namespace})$`,
    'empty (the release\'s namespace), the name of a namespace, or "*" (all)',
  ),
  "operator.logLevel": { enum: ["trace", "debug", "info", "warn", "error", "fatal", "silent"] },
  "operator.resources": chartSchema(structural(resources())),
  "operator.serviceAccount.annotations": textMap,
  "operator.networkPolicy.apiServerPorts": {
    items: { type: "integer", minimum: 1, maximum: 65_535 },
    minItems: 1,
  },
  "operator.podMonitor.mode": mode,
  "operator.podMonitor.labels": textMap,
  "operator.podAnnotations": textMap,
  "operator.podLabels": textMap,
  "operator.nodeSelector": textMap,
  "operator.tolerations": { items: { type: "object" } },
  "dashboards.mode": mode,
  "dashboards.labels": textMap,
  "dashboards.annotations": textMap,
  "alerts.mode": mode,
  "alerts.labels": textMap,
  "cluster.name": {
    maxLength: maxNameLength,
    ...form(
      "^(|[a-z]([-a-z0-9]*[a-z0-9])?)$",
      "empty (the release's name), or begin with a letter and hold only small letters, digits and hyphens",
    ),
  },
  "cluster.annotations": textMap,
  "cluster.spec": chartSchema(structural(chatClusterSpec)),
  "test.timeoutSeconds": { minimum: 1, maximum: 3600 },
};

/** charts/nexus/values.schema.json: names and types from values.yaml, the cluster's spec from the ChatCluster's schema. */
export function valuesSchema(values: readonly Value[]): JsonSchema {
  const schema = objectOf(values);
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Values of the chart nexus",
    ...schema,
    properties: {
      ...(schema.properties as JsonSchema),
      global: {
        type: "object",
        description: "What a chart that includes this one gives to all its parts; not used here.",
      },
    },
  };
}

function objectOf(values: readonly Value[]): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    properties: Object.fromEntries(values.map((value) => [value.path.split(".").at(-1), schemaOf(value)])),
  };
}

function schemaOf(value: Value): JsonSchema {
  const description = meaning(value);
  const head = description ? { description } : {};
  const constraint = constraints[value.path];
  if (value.children.length > 0) return { ...head, ...(constraint ?? objectOf(value.children)) };
  return { type: typeOf(value), ...constraint, ...head, default: value.value };
}

function typeOf({ path, value }: Value): string {
  if (Array.isArray(value)) return "array";
  if (Number.isInteger(value)) return "integer";
  if (value === null) throw new Error(`${path} has no default in values.yaml, so its type is unknown`);
  return typeof value;
}
