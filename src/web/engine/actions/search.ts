import type { SearchHit as WireHit } from "../../../protocol/search.ts";
import type { Rest } from "../api/rest.ts";
import type { Search, SearchHit } from "../client.ts";

/** How much of a long message is shown before the first hit, in characters. */
const BEFORE = 40;
const EXCERPT = 200;

export function createSearch(rest: Pick<Rest, "searchMessages" | "searchPeople">): Search {
  return {
    async messages(q, { conversationId, cursor, signal } = {}) {
      const query = { q, limit: "30", ...(conversationId && { conversationId }), ...(cursor && { cursor }) };
      const { data, next } = await rest.searchMessages(query, { signal });
      const hits = data.map(excerptOf);
      return { hits, next: next && new URLSearchParams(next.split("?")[1]).get("cursor") };
    },
    people: (query, { signal } = {}) => rest.searchPeople(query, { signal }),
  };
}

/** The text around the first hit, in pieces. */
export function excerptOf({ highlights, ...message }: WireHit): SearchHit {
  const { content } = message;
  const from = Math.max(0, (highlights[0]?.start ?? 0) - BEFORE);
  const to = Math.min(content.length, from + EXCERPT);
  const excerpt: { text: string; hit: boolean }[] = [];
  const add = (start: number, end: number, hit: boolean) => {
    if (end > start) excerpt.push({ text: content.slice(start, end), hit });
  };
  let at = from;
  for (const { start, end } of highlights) {
    if (start >= to) break;
    add(at, start, false);
    add(Math.max(at, start), Math.min(end, to), true);
    at = Math.max(at, Math.min(end, to));
  }
  add(at, to, false);
  const first = excerpt[0];
  if (first && from > 0) excerpt.unshift({ text: "…", hit: false });
  if (to < content.length) excerpt.push({ text: "…", hit: false });
  return { message, excerpt };
}
