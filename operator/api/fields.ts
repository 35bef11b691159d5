/** Pieces that several parts of the ChatCluster's schema are made of. */
import * as z from "zod";

/**
 * A CEL rule of the CustomResourceDefinition: evaluated by the API server, so `message` is what a person reads. `chart` says
 * the same to the chart's values.schema.json, as far as JSON Schema can, so that helm refuses before anything is applied.
 */
export interface Rule {
  rule: string;
  message: string;
  messageExpression?: string;
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  fieldPath?: string;
  chart?: object;
}

/** Metadata that makes the API server check `list`. Every rule says what to do. */
export function rules(...list: Rule[]): { "x-kubernetes-validations": Rule[] } {
  return { "x-kubernetes-validations": list };
}

/** For Rule.chart: what satisfies `when` must satisfy `consequence`. */
export function implies(when: object, consequence: object): object {
  // biome-ignore lint/suspicious/noThenProperty: it is JSON Schema's word, and nobody awaits a schema
  return { if: when, then: consequence };
}

/** For Rule.chart: with `when`, the field must not be there. helm prints `because`: JSON Schema has no messages of its own. */
export function refusedWhen(when: object, field: string, because: string): object {
  return implies(when, { properties: { [field]: { const: because } } });
}

/** Fields that are required, but by a rule with a readable message instead of "Required value". */
export const requiredByRule = { "x-nexus-required-by-rule": true };

const intOrString = { "x-kubernetes-int-or-string": true };

/** Text of a certain form. `hint` completes "must be …" for people, who are never shown the pattern. */
export function text(pattern: RegExp, hint: string, maxLength = 253) {
  return z
    .string()
    .min(1)
    .max(maxLength)
    .regex(pattern, { error: `must be ${hint}` })
    .meta({ "x-nexus-hint": hint });
}

/** Text of a certain form that may be written as a number in YAML: a string in code. */
export function textOrNumber(pattern: RegExp, hint: string, maxLength: number) {
  return z
    .union([z.string(), z.number()])
    .transform(String)
    .pipe(
      z
        .string()
        .max(maxLength)
        .regex(pattern, { error: `must be ${hint}` }),
    )
    .meta({ ...intOrString, pattern: pattern.source, maxLength, "x-nexus-hint": hint });
}

/** An amount as Kubernetes writes it: "500m", "1Gi", 2. */
export function quantity(description: string) {
  return textOrNumber(
    /^([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[munkMGTPE]|[eE][+-]?[0-9]+)?$/,
    "an amount such as 500m, 2, 512Mi or 10Gi",
    32,
  ).meta({ description });
}

/** The name of an object in the ChatCluster's namespace. */
export function objectName(description: string) {
  return text(
    /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    "the name of an object: small letters, digits, hyphens and dots",
  ).meta({ description });
}

/** A key of a Secret. `fallback`: the key if none is named. */
export function secretKeyRef(fallback: string, description: string) {
  return z
    .object({
      name: objectName("Name of the Secret, in the ChatCluster's namespace."),
      key: text(/^[-._a-zA-Z0-9]+$/, "a key of a Secret: letters, digits, hyphens, dots and underscores")
        .default(fallback)
        .meta({ description: "Key within the Secret." }),
    })
    .meta({ description });
}

const amounts = (what: string) =>
  z
    .object({
      cpu: quantity("Processor cores: 500m is half of one.").optional(),
      memory: quantity("Memory: 512Mi, 1Gi.").optional(),
      "ephemeral-storage": quantity("Local disk.").optional(),
    })
    .optional()
    .meta({ description: what });

/** What pods ask for and may use; what is left out has the operator's default. */
export function resources() {
  return z
    .object({
      requests: amounts("What is reserved for each pod."),
      limits: amounts("What each pod may use at most."),
    })
    .optional()
    .meta({
      description:
        "Requests and limits of each pod. Left out: sizes that fit the component; given: taken as they are.",
      ...rules(
        ...["cpu", "memory"].map((name) => ({
          rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || [self.requests.${name}, self.limits.${name}].exists(v, !isQuantity(string(v))) || quantity(string(self.requests.${name})).compareTo(quantity(string(self.limits.${name}))) <= 0`,
          message: `requests.${name} is larger than limits.${name}: raise the limit or lower the request`,
        })),
      ),
    });
}

/** Labels, annotations, selectors: text by name. */
export function textMap(description: string) {
  return z.record(z.string(), z.string()).optional().meta({ description, maxProperties: 64 });
}

/** A list or object of Kubernetes' own that is handed on as it is and checked where it ends up. */
export function verbatimObject(description: string) {
  return z
    .record(z.string(), z.unknown())
    .meta({ "x-kubernetes-preserve-unknown-fields": true, description });
}
