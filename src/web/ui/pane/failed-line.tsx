import { useClient } from "../shell/client-context.tsx";
import type { ShownMessage } from "../shell/types.ts";
import styles from "./failed-line.module.css";

/** Says why a message or a change of it was refused, and what can be done. */
export function FailedLine({ entry }: { entry: ShownMessage }) {
  const client = useClient();
  const failed = [entry.send, entry.change].find((item) => item?.state === "failed");
  if (!failed) return null;
  const what = failed.kind === "send" ? "Not sent" : failed.kind === "edit" ? "Not changed" : "Not done";
  return (
    <div className={styles.line} role="alert">
      <span>
        {what}
        {failed.error && `: ${failed.error.message}`}
      </span>
      <button type="button" className={styles.button} onClick={() => client.messages.retry(failed.id)}>
        Try again
      </button>
      <button type="button" className={styles.button} onClick={() => client.messages.discard(failed.id)}>
        Discard
      </button>
    </div>
  );
}
