import type { JsonSchema } from "./json-schema.ts";

/** Makes text safe within a cell of a Markdown table. */
export function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** A Markdown table of an object's fields; for anything else one line with its type. */
export function fieldTable(schema: JsonSchema): string {
  if (schema.$ref !== undefined) return `${typeText(schema)}\n`;
  if (schema.anyOf !== undefined && schema.properties === undefined)
    return schema.anyOf.map((option) => fieldTable(option as JsonSchema)).join("\nor\n\n");
  const fields = Object.entries(schema.properties ?? {}) as [string, JsonSchema][];
  if (fields.length === 0) return schema.type === "object" ? "nothing (`{}`)\n" : `${typeText(schema)}\n`;
  const required = new Set(schema.required);
  const rows = fields.map(
    ([name, field]) =>
      `| \`${name}\`${required.has(name) ? "" : " *(optional)*"} | ${cell(typeText(field))} | ${cell(remark(field))} |`,
  );
  return ["| field | type | |", "|---|---|---|", ...rows, ""].join("\n");
}

function typeText(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split("/").at(-1) ?? "";
    return `[${name}](#${name.toLowerCase()})`;
  }
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum !== undefined)
    return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(" | ");
  const options = schema.anyOf ?? schema.oneOf;
  if (options !== undefined) return options.map((option) => typeText(option as JsonSchema)).join(" or ");
  if (Array.isArray(schema.type)) return schema.type.join(" or ");
  if (schema.type === "array") return `array of ${typeText((schema.items ?? {}) as JsonSchema)}`;
  if (schema.type === "object" && typeof schema.additionalProperties === "object")
    return `map of ${typeText(schema.additionalProperties)}`;
  if (schema.type === "object" && schema.properties)
    return `{${Object.keys(schema.properties)
      .map((name) => `\`${name}\``)
      .join(", ")}}`;
  return [schema.type ?? "any", schema.format && `(${schema.format})`].filter(Boolean).join(" ");
}

function remark(schema: JsonSchema): string {
  const limits = [
    schema.minLength !== undefined && schema.maxLength !== undefined
      ? `${schema.minLength} to ${schema.maxLength} characters`
      : schema.maxLength !== undefined && `at most ${schema.maxLength} characters`,
    schema.maxItems !== undefined && `at most ${schema.maxItems}`,
    schema.default !== undefined && `default \`${JSON.stringify(schema.default)}\``,
  ];
  return [schema.description, ...limits].filter(Boolean).join("; ");
}
