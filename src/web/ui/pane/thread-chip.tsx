import { MessagesSquare } from "lucide-react";
import { listTime } from "../format/time.ts";
import { goTo } from "../shell/route.ts";
import type { Message } from "../shell/types.ts";
import styles from "./thread-chip.module.css";

/** How much was answered in a message's thread; opens it. */
export function ThreadChip({ message }: { message: Message }) {
  if (!message.thread) return null;
  const { count, lastReplyAt } = message.thread;
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.chip}
      onClick={() =>
        goTo({ conversationId: message.conversationId, side: { kind: "thread", rootId: message.id } })
      }
    >
      <MessagesSquare size={15} aria-hidden="true" />
      <strong>
        {count} {count === 1 ? "reply" : "replies"}
      </strong>
      <span className={styles.time}>{listTime(lastReplyAt)}</span>
    </button>
  );
}
