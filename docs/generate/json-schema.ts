import * as z from "zod";

export type JsonSchema = z.core.JSONSchema.BaseSchema;

/**
 * JSON Schemas (draft 7, which AsyncAPI speaks) of many zod schemas, with those that have a name of their
 * own (`.meta({ id })`) collected beside, under `#/components/schemas/`.
 */
export function createSchemaCollector() {
  const components: Record<string, JsonSchema> = {};

  function add(name: string, schema: JsonSchema): void {
    const known = components[name];
    if (known !== undefined && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(
        `the schema ${name} differs between what is sent and what is received: name them apart`,
      );
    components[name] = schema;
  }

  return {
    components,
    /** `input`: what a client may send; `output`: what it receives. */
    schemaOf(schema: z.ZodType, io: "input" | "output"): JsonSchema {
      const generated = z.toJSONSchema(schema, { io, target: "draft-7" }) as JsonSchema;
      const {
        $schema: _,
        definitions = {},
        ...root
      } = generated as JsonSchema & { definitions?: Record<string, JsonSchema> };
      for (const [name, definition] of Object.entries(definitions))
        add(name, rewrite(definition) as JsonSchema);
      // A schema with a name is its own definition as well: refer to it.
      const { id, ...rest } = root;
      if (id === undefined) return rewrite(rest) as JsonSchema;
      add(id, rewrite(rest) as JsonSchema);
      return { $ref: `#/components/schemas/${id}` };
    },
  };
}

/** Points references at the components, and lets objects have more fields than are known today. */
function rewrite(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rewrite);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([key, child]) => !(key === "additionalProperties" && child === false))
    .filter(([key]) => !(key === "pattern" && "format" in value)) // half a page for a date
    .filter(([key, child]) => !((key === "id" || key === "$id") && typeof child === "string"))
    .map(([key, child]) =>
      key === "$ref" && typeof child === "string"
        ? [key, child.replace("#/definitions/", "#/components/schemas/")]
        : [key, rewrite(child)],
    );
  return Object.fromEntries(entries);
}
