/** Pieces that several parts of the ChatCluster's schema are made of. */
import * as z from "zod";

/** A CEL rule of the CustomResourceDefinition: evaluated by the API server, so `message` is what a person reads. */
export interface Rule {
  rule: string;
  message?: string;
  messageExpression?: string;
  reason?: "FieldValueInvalid" | "FieldValueForbidden" | "FieldValueRequired" | "FieldValueDuplicate";
  fieldPath?: string;
}

/** Metadata that makes the API server check `list`. Every rule says what to do. */
export function rules(...list: Rule[]): { "x-kubernetes-validations": Rule[] } {
  return { "x-kubernetes-validations": list };
}

/** Fields that are required, but by a rule with a readable message instead of "Required value". */
export const requiredByRule = { "x-nexus-required-by-rule": true };

const intOrString = { "x-kubernetes-int-or-string": true };

/** An amount as Kubernetes writes it ("500m", "1Gi", 2): a string in code, a number or a string in YAML. */
export function quantity(description: string) {
  return z
    .union([z.string(), z.int()])
    .transform(String)
    .pipe(z.string().regex(/^(\d+(\.\d*)?|\.\d+)(([KMGTPE]i)|[munkMGTPE]|([eE][+-]?\d+))?$/))
    .meta({
      ...intOrString,
      pattern: "^(\\d+(\\.\\d*)?|\\.\\d+)(([KMGTPE]i)|[munkMGTPE]|([eE][+-]?\\d+))?$",
      maxLength: 64,
      description,
    });
}

/** Text that may be written as a number in YAML. */
export function textOrNumber(pattern: string, description: string, limits: object = {}) {
  return z
    .union([z.string(), z.number()])
    .transform(String)
    .meta({ ...intOrString, pattern, maxLength: 1024, ...limits, description });
}

/** The name of an object in the ChatCluster's namespace. */
export function objectName(description: string) {
  return z
    .string()
    .min(1)
    .max(253)
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/)
    .meta({ description });
}

/** A key of a Secret. `fallback`: the key if none is named. */
export function secretKeyRef(fallback: string, description: string) {
  return z
    .object({
      name: objectName("Name of the Secret, in the ChatCluster's namespace."),
      key: z
        .string()
        .min(1)
        .max(253)
        .regex(/^[-._a-zA-Z0-9]+$/)
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
          rule: `!has(self.requests) || !has(self.limits) || !has(self.requests.${name}) || !has(self.limits.${name}) || quantity(string(self.requests.${name})).compareTo(quantity(string(self.limits.${name}))) <= 0`,
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
