/** The routes as the gateway's own OpenAPI document tells them, with what their bodies should look like. */
import { randomUUID } from "node:crypto";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

interface Operation {
  operationId: string;
  security?: object[];
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[];
  requestBody?: { content: Record<string, { schema: Schema }> };
}

export interface Route {
  method: string;
  path: string;
  operation: Operation;
  body: Schema | undefined;
}

/** Reads /openapi.json. `known` holds what the fields of these names have to be for a body to be right. */
export async function readOpenApi(url: string, known: Readonly<Record<string, unknown>>) {
  const response = await fetch(`${url}/openapi.json`, { signal: AbortSignal.timeout(10_000) });
  const document = (await response.json()) as {
    paths: Record<string, Record<string, Operation>>;
    components?: { schemas?: Record<string, Schema> };
  };

  function resolve(schema: Schema | undefined): Schema | undefined {
    if (!schema?.$ref) return schema;
    return resolve(document.components?.schemas?.[schema.$ref.split("/").at(-1) as string]);
  }

  /** Which JSON types a schema takes; undefined when it does not say. */
  function typesOf(schema: Schema | undefined): string[] | undefined {
    const s = resolve(schema);
    const forms = s?.anyOf ?? s?.oneOf;
    if (!forms) return s?.type === undefined ? undefined : [s.type].flat();
    const all = forms.map(typesOf);
    return all.includes(undefined) ? undefined : all.flat().filter((type) => type !== undefined);
  }

  /** Something that the schema takes. */
  function example(name: string, schema: Schema | undefined): unknown {
    const s = resolve(schema);
    if (s?.enum) return s.enum[0];
    if (name in known) return known[name];
    if (s?.format === "uuid") return randomUUID();
    if (s?.format === "email") return "somebody@example.test";
    const type = typesOf(s)?.[0];
    if (type === "array") return [];
    if (type === "object") return {};
    if (type === "integer" || type === "number") return 1;
    return type === "boolean" ? true : "long enough";
  }

  /** A body with all that is required, as it should be. */
  function rightBody(schema: Schema | undefined): Record<string, unknown> {
    const required = schema?.required ?? [];
    return Object.fromEntries(required.map((name) => [name, example(name, schema?.properties?.[name])]));
  }

  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]): Route => ({
        method: method.toUpperCase(),
        path,
        operation,
        body: resolve(operation.requestBody?.content["application/json"]?.schema),
      }),
    ),
  );
  return { routes, typesOf, rightBody };
}

/** The JSON type of a value, as schemas name it. */
export function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value === "object" ? "object" : typeof value;
}
