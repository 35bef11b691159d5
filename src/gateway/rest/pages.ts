/** How lists are paged. */
import * as z from "zod";

/** The most elements of a page. */
export const MAX_LIMIT = 100;

export const limit = z.coerce.number().int().min(1).max(MAX_LIMIT).default(50).describe("elements of a page");

/** A position in a conversation, in a query string. */
export const seqParameter = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** The value of a `Link` header that leads to the next page (RFC 8288). */
export function nextLink(path: string, query: Record<string, string | number | undefined>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) parameters.set(name, String(value));
  return `<${path}?${parameters}>; rel="next"`;
}
