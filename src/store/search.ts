import type { Db } from "./client.ts";
import { type DirectPair, type MessageRow, messageColumns } from "./message-rows.ts";

export interface SearchRow extends MessageRow, DirectPair {
  /** Where the search goes on. */
  place: number;
}

export interface Search {
  /** As somebody wrote it: "a phrase", -without, or. */
  text: string;
  /** Whether the last word may be the beginning of one. */
  open: boolean;
  conversationId: string | undefined;
  /** Only older ones than the row at this place. */
  before: number | undefined;
  limit: number;
}

/**
 * Messages that match, of the user's conversations, newest first. What was edited or deleted a moment ago may still
 * be found by what it said: such rows are left out here, so an answer may be shorter than `limit` though there is more.
 * @returns the rows, and the place to go on from; undefined: there is no more.
 */
export async function searchMessages(
  db: Db,
  userId: string,
  search: Search,
): Promise<{ rows: SearchRow[]; next: number | undefined }> {
  const before = search.before ?? Number.MAX_SAFE_INTEGER;
  const found = await db<(SearchRow & { fits: boolean })[]>`
    with plain as materialized (
      select websearch_to_tsquery('pg_catalog.simple', search_fold(${search.text})) as query
    ), asked as materialized (
      -- Where it ends with a word, and not with a negated phrase, which stands in brackets.
      select case when ${search.open} and right(query::text, 1) = '''' then (query::text || ':*')::tsquery else query end as query
      from plain
    )
    select f.id as place, ${messageColumns(db)}, c.direct_low as "directLow", c.direct_high as "directHigh",
      m.deleted_at is null and not m.is_encrypted and search_words(m.content) @@ a.query as fits
    from asked a
    cross join lateral search_messages(
      ${userId}, a.query, ${search.conversationId ?? null}::uuid, ${before}, ${search.limit + 1}) f
    cross join lateral (
      select * from messages where conversation_id = f.conversation_id and seq = f.seq limit 1) m
    cross join lateral (select * from conversations where id = f.conversation_id limit 1) c
    order by f.id desc`;
  const page = found.slice(0, search.limit);
  return {
    rows: page.filter(({ fits }) => fits),
    next: found.length > search.limit ? page.at(-1)?.place : undefined,
  };
}

/** Takes what was sent or changed since the last time into the index: see `search_scan` in 0006_features.sql. */
export async function scanForSearch(db: Db): Promise<{ looked: number; more: boolean }> {
  const [row] = await db<{ looked: number; more: boolean }[]>`select looked, more from search_scan()`;
  return row ?? { looked: 0, more: false };
}
