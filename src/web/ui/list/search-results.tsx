import { useEffect, useState } from "react";
import { selectOrder, selectPeer, selectTitle } from "../../engine/state/selectors.ts";
import { useChat, useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import { goTo } from "../shell/route.ts";
import type { SearchHit } from "../shell/types.ts";
import { ConversationRow } from "./conversation-row.tsx";
import { HitRow } from "./hit-row.tsx";
import { PersonRow } from "./person-row.tsx";
import { moveAmongRows } from "./row-keys.ts";
import { RowSkeletons } from "./row-skeletons.tsx";
import styles from "./search-results.module.css";

const PAUSE = 180;

type Person = Awaited<ReturnType<ReturnType<typeof useClient>["search"]["people"]>>[number];

interface Found {
  query: string;
  people: readonly Person[];
  hits: readonly SearchHit[];
  failure: string | null;
}

/** What a query finds: conversations by their name at once, people and messages when the server has answered. */
export function SearchResults({ query, onDone }: { query: string; onDone(): void }) {
  const client = useClient();
  const state = useChat((whole) => whole);
  const [found, setFound] = useState<Found | null>(null);

  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(async () => {
      const [people, messages] = await Promise.allSettled([
        client.search.people(query, { signal }),
        client.search.messages(query, { signal }),
      ]);
      if (signal.aborted) return;
      setFound({
        query,
        people: people.status === "fulfilled" ? people.value : [],
        hits: messages.status === "fulfilled" ? messages.value.hits : [],
        failure: messages.status === "rejected" ? failureOf(messages.reason).text : null,
      });
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, query]);

  const order = selectOrder(state);
  const lower = query.toLocaleLowerCase();
  const named = order.filter((id) => selectTitle(state, id).toLocaleLowerCase().includes(lower)).slice(0, 20);
  const peers = new Set(order.map((id) => selectPeer(state, id)));
  const strangers = (found?.people ?? []).filter(({ id }) => id !== state.self?.id && !peers.has(id));
  const nothing = found?.query === query && named.length + strangers.length + found.hits.length === 0;

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the rows in it
    <div className={styles.results} onKeyDown={moveAmongRows}>
      {named.length > 0 && (
        <section aria-label="Conversations found">
          <h2 className={styles.heading}>Conversations</h2>
          {named.map((id) => (
            <ConversationRow
              key={id}
              id={id}
              open={false}
              tabIndex={0}
              onFocus={() => {}}
              onOpen={(conversationId) => {
                goTo({ conversationId });
                onDone();
              }}
            />
          ))}
        </section>
      )}
      {strangers.length > 0 && (
        <section aria-label="People found">
          <h2 className={styles.heading}>People</h2>
          {strangers.map((person) => (
            <PersonRow key={person.id} person={person} onOpened={onDone} />
          ))}
        </section>
      )}
      {found && found.hits.length > 0 && (
        <section aria-label="Messages found">
          <h2 className={styles.heading}>Messages</h2>
          {found.hits.map((hit) => (
            <HitRow key={hit.message.id} hit={hit} />
          ))}
        </section>
      )}
      {found?.failure && <p className={styles.note}>{found.failure}</p>}
      {found === null && named.length === 0 && <RowSkeletons />}
      {nothing && !found?.failure && <p className={styles.note}>Nothing found for “{query}”.</p>}
    </div>
  );
}
