import { useMemo, useRef, useState } from "react";
import { SearchField } from "../parts/search-field.tsx";
import { emojiGroups, findEmoji, recentEmoji, rememberEmoji } from "./emoji.ts";
import styles from "./emoji-picker.module.css";

const COLUMNS = 8;

/** All emoji by kind and by name. Arrows move in the grid, Enter takes. */
export function EmojiPicker({ onPick }: { onPick(emoji: string): void }) {
  const [query, setQuery] = useState("");
  const recent = useMemo(recentEmoji, []);
  const grid = useRef<HTMLDivElement>(null);
  const groups =
    query.trim() === ""
      ? [...(recent.length > 0 ? [{ name: "Recent", emoji: recent }] : []), ...emojiGroups]
      : [{ name: "Found", emoji: findEmoji(query) }];

  function pick(emoji: string) {
    rememberEmoji(emoji);
    onPick(emoji);
  }

  function onKeyDown(event: React.KeyboardEvent) {
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: COLUMNS,
      ArrowUp: -COLUMNS,
    };
    const step = steps[event.key];
    const buttons = [...(grid.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    if (step === undefined || (at < 0 && event.key !== "ArrowDown")) return;
    event.preventDefault();
    if (at < 0) buttons[0]?.focus();
    else if (at + step < 0) grid.current?.parentElement?.querySelector("input")?.focus();
    else buttons[Math.min(buttons.length - 1, at + step)]?.focus();
  }

  let first = true;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among what can be chosen in it
    <div className={styles.picker} onKeyDown={onKeyDown}>
      <div className={styles.search}>
        <SearchField
          label="Search emoji"
          value={query}
          onValue={setQuery}
          onKeyDown={(event) => {
            const [found] = groups[0]?.emoji ?? [];
            if (event.key !== "Enter" || query === "" || !found) return;
            event.preventDefault();
            pick(found.emoji);
          }}
        />
      </div>
      <div className={styles.groups} ref={grid}>
        {groups.map(({ name, emoji }) => (
          <section key={name} aria-label={name} className={styles.section}>
            <h3 className={styles.heading}>{name}</h3>
            <div className={styles.grid}>
              {emoji.map(({ emoji: character, label }) => {
                const tabIndex = first ? 0 : -1;
                first = false;
                return (
                  <button
                    key={character}
                    type="button"
                    className={styles.emoji}
                    tabIndex={tabIndex}
                    title={label}
                    aria-label={label}
                    onClick={() => pick(character)}
                  >
                    {character}
                  </button>
                );
              })}
            </div>
          </section>
        ))}
        {groups[0]?.emoji.length === 0 && <p className={styles.none}>No emoji is called that.</p>}
      </div>
    </div>
  );
}
