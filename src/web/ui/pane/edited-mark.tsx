import { History } from "../dialogs/lazy.tsx";
import { openDialog } from "../overlay/overlay-store.ts";
import type { Message } from "../shell/types.ts";
import styles from "./edited-mark.module.css";

/** "(edited)": shows what it said before. */
export function EditedMark({ message }: { message: Message }) {
  return (
    <button
      type="button"
      className={styles.mark}
      tabIndex={-1}
      aria-label="Edited: show earlier versions"
      onClick={() => openDialog(<History messageId={message.id} />)}
    >
      (edited)
    </button>
  );
}
