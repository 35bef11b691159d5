import { MessageCircle } from "lucide-react";
import styles from "./nothing-open.module.css";

const keys = [
  ["Ctrl K", "go to a conversation"],
  ["↑ ↓", "move among messages"],
  ["Esc", "back"],
] as const;

/** What lies beside the list while no conversation is open. */
export function NothingOpen() {
  return (
    <main className={styles.pane} aria-label="Messages">
      <div className={styles.sign}>
        <MessageCircle size={34} strokeWidth={1.6} aria-hidden="true" />
      </div>
      <p className={styles.title}>Choose a conversation</p>
      <p className={styles.lead}>or begin a new one with the pencil over the list.</p>
      <dl className={styles.keys}>
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </main>
  );
}
