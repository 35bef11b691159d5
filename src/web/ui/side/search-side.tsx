import { useEffect, useRef, useState } from "react";
import { selectTitle } from "../../engine/state/selectors.ts";
import { HitRow } from "../list/hit-row.tsx";
import { moveAmongRows } from "../list/row-keys.ts";
import { RowSkeletons } from "../list/row-skeletons.tsx";
import { Button } from "../parts/button.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import type { SearchHit } from "../shell/types.ts";
import styles from "./search-side.module.css";
import { SideFrame } from "./side-frame.tsx";

const PAUSE = 180;

interface Found {
  query: string;
  hits: readonly SearchHit[];
  next: string | null;
  failure: string | null;
}

/** Messages of this conversation by their words; choosing one jumps to it. */
export function SearchSide({ conversationId }: { conversationId: string }) {
  const client = useClient();
  const title = useChat((state) => selectTitle(state, conversationId));
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const wanted = query.trim();

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    if (wanted === "") {
      setFound(null);
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(() => {
      client.search.messages(wanted, { signal, conversationId }).then(
        ({ hits, next }) => setFound({ query: wanted, hits, next, failure: null }),
        (error) =>
          signal.aborted || setFound({ query: wanted, hits: [], next: null, failure: failureOf(error).text }),
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, wanted, conversationId]);

  async function more(cursor: string) {
    const page = await client.search.messages(wanted, { conversationId, cursor }).catch(() => null);
    if (page)
      setFound((before) => before && { ...before, hits: [...before.hits, ...page.hits], next: page.next });
  }

  return (
    <SideFrame conversationId={conversationId} title="Search" subtitle={title}>
      <div className={styles.search}>
        <SearchField label="Words in this conversation" value={query} onValue={setQuery} inputRef={input} />
      </div>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows move among what can be chosen in it */}
      <div className={styles.results} onKeyDown={moveAmongRows}>
        {found?.hits.map((hit) => (
          <HitRow key={hit.message.id} hit={hit} inside />
        ))}
        {found?.next && (
          <Button look="quiet" onClick={() => found.next && more(found.next)}>
            Show more
          </Button>
        )}
        {wanted !== "" && found === null && <RowSkeletons />}
        {found?.failure && <p className={styles.note}>{found.failure}</p>}
        {found && found.hits.length === 0 && !found.failure && (
          <p className={styles.note}>Nothing found for “{found.query}”.</p>
        )}
      </div>
    </SideFrame>
  );
}
