import { Check } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { selectOrder, selectPeer, selectTitle } from "../../engine/state/selectors.ts";
import { moveAmongRows } from "../list/row-keys.ts";
import { Avatar } from "../parts/avatar.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { useChat } from "../shell/client-context.tsx";
import styles from "./people-picker.module.css";

interface ConversationPickerProps {
  label: string;
  chosen?: ReadonlySet<string>;
  onChoose(id: string): void;
}

const MOST = 40;

/** One's conversations by name; Enter in the line takes the first. */
export function ConversationPicker({ label, chosen, onChoose }: ConversationPickerProps) {
  const state = useChat((whole) => whole);
  const [query, setQuery] = useState("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.focus(), []);
  const wanted = query.trim().toLocaleLowerCase();
  const ids = selectOrder(state)
    .filter((id) => selectTitle(state, id).toLocaleLowerCase().includes(wanted))
    .slice(0, MOST);
  function onEnter(event: KeyboardEvent) {
    const [first] = ids;
    if (event.key !== "Enter" || first === undefined) return;
    event.preventDefault();
    onChoose(first);
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among what can be chosen in it
    <div className={styles.picker} onKeyDown={moveAmongRows}>
      <div className={styles.search}>
        <SearchField label={label} value={query} onValue={setQuery} inputRef={input} onKeyDown={onEnter} />
      </div>
      <ul className={styles.people} aria-label="Conversations">
        {ids.map((id) => {
          const peer = selectPeer(state, id);
          const title = selectTitle(state, id);
          return (
            <li key={id}>
              <button
                type="button"
                data-row={id}
                className={styles.person}
                aria-pressed={chosen?.has(id)}
                onClick={() => onChoose(id)}
              >
                <Avatar
                  id={peer ?? id}
                  name={title}
                  url={peer === null ? null : state.people[peer]?.avatarUrl}
                  size={40}
                  online={peer !== null && state.presence[peer]?.status === "online"}
                  group={peer === null}
                />
                <span className={styles.title} dir="auto">
                  {title}
                </span>
                {chosen?.has(id) && <Check size={18} aria-hidden="true" className={styles.check} />}
              </button>
            </li>
          );
        })}
      </ul>
      {ids.length === 0 && <p className={styles.note}>No conversation is called that.</p>}
    </div>
  );
}
