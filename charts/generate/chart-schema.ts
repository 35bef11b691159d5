import type { Structural } from "../../operator/api/structural.ts";

export type JsonSchema = Record<string, unknown>;

/**
 * A structural schema as helm checks it: no field that is not known, so that typing errors are caught; rules as far as JSON Schema
 * can say them.
 */
export function chartSchema(schema: Structural): JsonSchema {
  const {
    anyOf: _,
    "x-kubernetes-int-or-string": intOrString,
    "x-kubernetes-preserve-unknown-fields": verbatim,
    "x-kubernetes-list-type": __,
    "x-kubernetes-list-map-keys": ___,
    "x-kubernetes-validations": rules = [],
    "x-nexus-hint": hint,
    pattern,
    properties,
    additionalProperties,
    items,
    ...rest
  } = schema;
  const result: JsonSchema = { ...rest };
  if (intOrString) result.type = ["integer", "string"];
  if (properties && !verbatim)
    Object.assign(result, { properties: mapValues(properties, chartSchema), additionalProperties: false });
  if (additionalProperties) result.additionalProperties = chartSchema(additionalProperties);
  if (items) result.items = chartSchema(items);
  const conditions = rules.map(({ chart }) => chart).filter((chart) => chart !== undefined) as JsonSchema[];
  if (pattern !== undefined) conditions.unshift(hint === undefined ? { pattern } : form(pattern, hint));
  return withConditions(result, conditions);
}

/**
 * Text of a certain form. JSON Schema has no messages of its own, and helm's for a pattern is the pattern: that of `const` is the
 * sentence.
 */
export function form(pattern: string, hint: string): JsonSchema {
  return { if: { pattern }, else: { const: hint } };
}

/** Conditions side by side where their words do not clash, since helm's messages get longer with each level. */
function withConditions(schema: JsonSchema, conditions: readonly JsonSchema[]): JsonSchema {
  const apart: JsonSchema[] = [];
  const result = { ...schema };
  for (const condition of conditions)
    if (Object.keys(condition).some((word) => word in result)) apart.push(condition);
    else Object.assign(result, condition);
  return apart.length === 0 ? result : { ...result, allOf: apart };
}

function mapValues<T, U>(object: Record<string, T>, change: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
