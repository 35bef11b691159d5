import { STATUS_CODES } from "node:http";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Makes a generated OpenAPI document say what is meant:
 * - answers may get fields later, so `additionalProperties: false` goes (requests never had it: unknown
 *   fields are ignored);
 * - answers are described by their status rather than as "Default Response";
 * - formats stand for themselves, without the pattern of half a page that checks a date;
 * - component schemas that nothing refers to go.
 */
export function tidyOpenApi<D extends object>(document: D): D {
  const tidy = soften(document as unknown as Json) as { components?: { schemas?: Record<string, Json> } };
  const schemas = tidy.components?.schemas;
  if (schemas) {
    const used = referencedSchemas(tidy as Record<string, Json>, schemas);
    for (const name of Object.keys(schemas)) if (!used.has(name)) delete schemas[name];
  }
  return tidy as D;
}

function soften(value: Json): Json {
  if (Array.isArray(value)) return value.map(soften);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value)
    .filter(([key, child]) => !(key === "additionalProperties" && child === false))
    .filter(([key]) => !(key === "pattern" && typeof value.format === "string"))
    .map(([key, child]) => [key, key === "responses" ? describeAnswers(child) : child] as const)
    .map(([key, child]) => [key, soften(child)] as const);
  return Object.fromEntries(entries);
}

function describeAnswers(responses: Json): Json {
  if (responses === null || typeof responses !== "object" || Array.isArray(responses)) return responses;
  const entries = Object.entries(responses).map(([status, response]) => {
    if (response === null || typeof response !== "object" || Array.isArray(response))
      return [status, response];
    if (response.description !== "Default Response") return [status, response];
    return [status, { ...response, description: STATUS_CODES[status] ?? status }];
  });
  return Object.fromEntries(entries);
}

const REFERENCE = /"#\/components\/schemas\/([^"/]+)"/g;

/** The names reachable from the document's paths, over however many steps. */
function referencedSchemas(document: { [key: string]: Json }, schemas: Record<string, Json>): Set<string> {
  const used = new Set<string>();
  const open: Json[] = [document.paths ?? null];
  for (let value = open.pop(); value !== undefined; value = open.pop()) {
    for (const [, name] of JSON.stringify(value).matchAll(REFERENCE)) {
      if (name === undefined || used.has(name)) continue;
      used.add(name);
      open.push(schemas[name] ?? null);
    }
  }
  return used;
}
