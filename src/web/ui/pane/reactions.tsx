import { useChat, useClient } from "../shell/client-context.tsx";
import type { ShownMessage } from "../shell/types.ts";
import { selfReacted, toggleReaction } from "./react-to.ts";
import styles from "./reactions.module.css";

/** How others answered with an emoji; choosing one adds or takes back one's own. */
export function Reactions({ entry, own }: { entry: ShownMessage; own: boolean }) {
  const client = useClient();
  const self = useChat((state) => state.self?.id ?? "");
  const people = useChat((state) => state.people);
  return (
    <ul className={styles.reactions} data-own={own ? "" : undefined} aria-label="Reactions">
      {entry.message.reactions.map(({ emoji, count, userIds }) => {
        const mine = selfReacted(entry.message, emoji, self);
        const names = userIds.map((id) => (id === self ? "You" : (people[id]?.name ?? "Somebody")));
        const others = count > names.length ? ` and ${count - names.length} more` : "";
        return (
          <li key={emoji}>
            <button
              type="button"
              tabIndex={-1}
              className={styles.reaction}
              aria-pressed={mine}
              aria-label={`${emoji} ${count}: ${names.join(", ")}${others}`}
              title={`${names.join(", ")}${others}`}
              onClick={() => toggleReaction(client, entry, emoji)}
            >
              <span className={styles.emoji}>{emoji}</span>
              {count}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
