import { CornerDownRight } from "lucide-react";
import { memo } from "react";
import { shortName } from "../format/person.ts";
import { clockTime } from "../format/time.ts";
import { previewText } from "../list/preview-text.ts";
import { useChat } from "../shell/client-context.tsx";
import { goTo } from "../shell/route.ts";
import type { ShownMessage } from "../shell/types.ts";
import styles from "./thread-line.module.css";

interface ThreadLineProps {
  entry: ShownMessage;
  tabStop: boolean;
  position: number;
}

/** A reply within a thread, as the conversation around it shows it: one line that leads there. */
export const ThreadLine = memo(function ThreadLine({ entry, tabStop, position }: ThreadLineProps) {
  const { message } = entry;
  const author = useChat((state) =>
    message.senderId === state.self?.id
      ? "You"
      : shortName(state.people[message.senderId]?.name ?? "Somebody"),
  );
  return (
    <article
      className={styles.frame}
      aria-posinset={position + 1}
      aria-setsize={-1}
      aria-label={`${author} answered in a thread: ${previewText(message)}`}
      data-message={message.id}
      tabIndex={tabStop ? 0 : -1}
      onKeyDown={(event) => {
        if (event.key === "Enter" && event.target === event.currentTarget) open(message);
      }}
    >
      <button type="button" className={styles.line} tabIndex={-1} onClick={() => open(message)}>
        <CornerDownRight size={14} aria-hidden="true" />
        <span className={styles.text}>
          <strong>{author}</strong> in a thread: {previewText(message)}
        </span>
        <time dateTime={message.timestamp}>{message.timestamp && clockTime(message.timestamp)}</time>
      </button>
    </article>
  );
});

function open({ conversationId, threadId }: ShownMessage["message"]): void {
  if (threadId !== null) goTo({ conversationId, side: { kind: "thread", rootId: threadId } });
}
