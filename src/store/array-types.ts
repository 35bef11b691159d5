/**
 * Arrays for postgres.js, named here so that it need not ask Postgres for them. It would ask on each new
 * connection, and a Postgres that goes away just then ends the process: nobody can catch that rejection
 * (postgres.js 3.4.9, `fetchArrayTypes`).
 */

const TEXT_ARRAY = 1009;
const UUID_ARRAY = 2951;
const TIMESTAMPTZ_ARRAY = 1185;

/** For the option `types`. Elements are read as text: none of our statements answers an array of others. */
export const arrayTypes = {
  textArray: arrayType(TEXT_ARRAY),
  uuidArray: arrayType(UUID_ARRAY),
  timestampArray: arrayType(TIMESTAMPTZ_ARRAY),
};

function arrayType(oid: number) {
  return { to: oid, from: [oid], parse: parseArray, serialize: formatArray };
}

/** A one-dimensional array as Postgres writes it (section 8.15.6 of its manual). */
export function parseArray(literal: string): (string | null)[] {
  const elements: (string | null)[] = [];
  for (const [, quoted, bare] of literal.matchAll(/"((?:[^"\\]|\\.)*)"|([^{},"]+)/gs)) {
    if (quoted !== undefined) elements.push(quoted.replace(/\\(.)/gs, "$1"));
    else elements.push(bare === "NULL" ? null : (bare as string));
  }
  return elements;
}

export function formatArray(elements: unknown): string {
  if (!Array.isArray(elements)) return String(elements);
  return `{${elements.map(formatElement).join(",")}}`;
}

function formatElement(element: unknown): string {
  if (element === null || element === undefined) return "NULL";
  const text = element instanceof Date ? element.toISOString() : String(element);
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
