/**
 * From zod to a structural schema, the subset of OpenAPI v3 that a CustomResourceDefinition takes:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
import * as z from "zod";
import type { Rule } from "./fields.ts";

/** One node: a structural schema with two things more, which forApiServer and the chart's schema turn into their own terms. */
export interface Structural {
  type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  description?: string;
  format?: string;
  default?: unknown;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  maxProperties?: number;
  required?: string[];
  properties?: Record<string, Structural>;
  additionalProperties?: Structural;
  items?: Structural;
  anyOf?: { type: string }[];
  "x-kubernetes-int-or-string"?: true;
  "x-kubernetes-preserve-unknown-fields"?: true;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-validations"?: Rule[];
  /** Completes "must be …" where there is a pattern. */
  "x-nexus-hint"?: string;
}

type Json = Record<string, unknown>;

const copied = [
  "description",
  "format",
  "default",
  "enum",
  "pattern",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "maxProperties",
  "x-kubernetes-int-or-string",
  "x-kubernetes-preserve-unknown-fields",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-validations",
  "x-nexus-hint",
] as const;

/**
 * What a person may write according to `schema`, as a structural schema with descriptions, defaults and CEL rules.
 * @throws Error that names the place of what a structural schema cannot say
 */
export function structural(schema: z.ZodType): Structural {
  return node(z.toJSONSchema(schema, { io: "input" }) as Json, "");
}

function node(json: Json, path: string): Structural {
  const result: Json = {};
  for (const key of copied) if (json[key] !== undefined) result[key] = json[key];
  if (json.const !== undefined) result.enum = [json.const];

  if (json["x-kubernetes-int-or-string"]) {
    result.anyOf = [{ type: "integer" }, { type: "string" }];
    return result as Structural;
  }
  result.type = typeOf(json, path);
  if (result.type === "integer") {
    if (Math.abs(Number(json.minimum)) !== Number.MAX_SAFE_INTEGER) result.minimum = json.minimum;
    if (json.maximum !== Number.MAX_SAFE_INTEGER) result.maximum = json.maximum;
  }
  if (json["x-kubernetes-preserve-unknown-fields"]) return result as Structural;
  if (json.items) result.items = node(json.items as Json, `${path}[]`);
  if (json.properties) {
    const children = json.properties as Record<string, Json>;
    result.properties = Object.fromEntries(
      Object.entries(children).map(([name, child]) => [name, node(child, `${path}.${name}`)]),
    );
    const required = (json.required as string[] | undefined)?.filter(
      (name) => !children[name]?.["x-nexus-required-by-rule"],
    );
    if (required?.length) result.required = required;
    // The API server tries rules on the default as it stands here, before it has filled in those within.
    if (result.default !== undefined)
      result.default = defaultsOf(result.properties as Record<string, Structural>);
  } else if (typeof json.additionalProperties === "object" && json.additionalProperties !== null)
    result.additionalProperties = node(json.additionalProperties as Json, `${path}{}`);
  for (const [key, value] of Object.entries(result)) if (value === undefined) delete result[key];
  return result as Structural;
}

/**
 * The schema as the API server takes it. A pattern with a hint becomes a rule, since "should match '^[a-z…'" helps nobody.
 */
export function forApiServer(schema: Structural): Structural {
  const { "x-nexus-hint": hint, pattern, "x-kubernetes-validations": given = [], ...rest } = schema;
  const list: Rule[] = given.map(({ chart: _, ...rule }) => rule);
  if (pattern !== undefined && hint !== undefined)
    list.unshift({
      rule: `${schema["x-kubernetes-int-or-string"] ? "string(self)" : "self"}.matches(${celText(pattern)})`,
      message: `must be ${hint}`,
    });
  return {
    ...rest,
    ...(pattern !== undefined && hint === undefined && { pattern }),
    ...(rest.properties && {
      properties: Object.fromEntries(
        Object.entries(rest.properties).map(([name, child]) => [name, forApiServer(child)]),
      ),
    }),
    ...(rest.items && { items: forApiServer(rest.items) }),
    ...(rest.additionalProperties && { additionalProperties: forApiServer(rest.additionalProperties) }),
    ...(list.length > 0 && { "x-kubernetes-validations": list }),
  };
}

function celText(pattern: string): string {
  return `'${pattern.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

function defaultsOf(properties: Record<string, Structural>): Json {
  return Object.fromEntries(
    Object.entries(properties)
      .filter(([, child]) => child.default !== undefined)
      .map(([name, child]) => [name, child.default]),
  );
}

function typeOf(json: Json, path: string): Structural["type"] {
  const type = json["x-nexus-type"] ?? (Number.isInteger(json.const) ? "integer" : json.type);
  if (typeof type === "string") return type as NonNullable<Structural["type"]>;
  throw new Error(
    `${path}: a field of a CustomResourceDefinition has one type, not ${JSON.stringify(type ?? json)}: use textOrNumber or name it in meta as x-nexus-type`,
  );
}
