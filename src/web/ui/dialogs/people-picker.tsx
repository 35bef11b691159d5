import { Check, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { PersonFace } from "../list/person-row.tsx";
import { moveAmongRows } from "../list/row-keys.ts";
import { RowSkeletons } from "../list/row-skeletons.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import styles from "./people-picker.module.css";

export interface Someone {
  id: string;
  name: string;
  email?: string | null;
  avatarUrl?: string | null | undefined;
}

/** The chosen ones with the person, or without who was among them. */
export function toggled(chosen: readonly Someone[], person: Someone): readonly Someone[] {
  const others = chosen.filter(({ id }) => id !== person.id);
  return others.length < chosen.length ? others : [...chosen, person];
}

interface PeoplePickerProps {
  label: string;
  /** Who may not be chosen: they are in it already. */
  without?: ReadonlySet<string>;
  chosen?: readonly Someone[];
  onChoose(person: Someone): void;
}

const PAUSE = 160;

/** People by name or e-mail address; before anything is written, those one knows. */
export function PeoplePicker({ label, without, chosen = [], onChoose }: PeoplePickerProps) {
  const client = useClient();
  const known = useChat((state) => state.people);
  const self = useChat((state) => state.self?.id);
  const [query, setQuery] = useState("");
  const [found, setFound] = useState<{
    query: string;
    people: readonly Someone[];
    failure: string | null;
  } | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const wanted = query.trim();

  useEffect(() => input.current?.focus(), []);
  useEffect(() => {
    if (wanted === "") return;
    const controller = new AbortController();
    const { signal } = controller;
    const timer = setTimeout(() => {
      client.search.people(wanted, { signal }).then(
        (people) => setFound({ query: wanted, people, failure: null }),
        (error) => !signal.aborted && setFound({ query: wanted, people: [], failure: failureOf(error).text }),
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [client, wanted]);

  const lower = wanted.toLocaleLowerCase();
  const near = Object.values(known)
    .filter(({ name }) => name.toLocaleLowerCase().includes(lower))
    .sort((a, b) => a.name.localeCompare(b.name));
  const merged = new Map<string, Someone>(
    [...near, ...(wanted === "" ? [] : (found?.people ?? []))].map((one) => [one.id, one]),
  );
  const people = [...merged.values()].filter(({ id }) => id !== self && !without?.has(id)).slice(0, 50);
  const waiting = wanted !== "" && found?.query !== wanted;
  const picked = new Set(chosen.map(({ id }) => id));

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among what can be chosen in it
    <div className={styles.picker} onKeyDown={moveAmongRows}>
      {chosen.length > 0 && (
        <ul className={styles.chosen} aria-label="Chosen">
          {chosen.map((person) => (
            <li key={person.id}>
              <button
                type="button"
                className={styles.chip}
                aria-label={`Remove ${person.name}`}
                onClick={() => onChoose(person)}
              >
                {person.name}
                <X size={13} aria-hidden="true" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className={styles.search}>
        <SearchField label={label} value={query} onValue={setQuery} inputRef={input} />
      </div>
      <ul className={styles.people} aria-label="People">
        {people.map((person) => (
          <li key={person.id}>
            <button
              type="button"
              data-row={person.id}
              className={styles.person}
              aria-pressed={chosen.length > 0 || picked.has(person.id) ? picked.has(person.id) : undefined}
              onClick={() => onChoose(person)}
            >
              <PersonFace person={person} />
              {picked.has(person.id) && <Check size={18} aria-hidden="true" className={styles.check} />}
            </button>
          </li>
        ))}
      </ul>
      {people.length === 0 &&
        (waiting ? (
          <RowSkeletons />
        ) : (
          <p className={styles.note}>
            {found?.failure ??
              (wanted === "" ? "Write a name or an e-mail address." : `Nobody found for “${wanted}”.`)}
          </p>
        ))}
    </div>
  );
}
