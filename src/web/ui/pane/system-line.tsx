import type { ShownMessage } from "../shell/types.ts";
import styles from "./system-line.module.css";

/** What the server says in a conversation. */
export function SystemLine({ entry }: { entry: ShownMessage }) {
  return (
    <div className={styles.line}>
      <span className={styles.words}>{entry.message.content}</span>
    </div>
  );
}
