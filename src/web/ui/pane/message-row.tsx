import { memo, useRef, useState } from "react";
import { hueOf } from "../format/person.ts";
import { exactTime } from "../format/time.ts";
import { previewText } from "../list/preview-text.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import type { ShownMessage } from "../shell/types.ts";
import { Bubble } from "./bubble.tsx";
import { FailedLine } from "./failed-line.tsx";
import { messageKeys } from "./message-keys.ts";
import { openMessageMenu } from "./message-menu.tsx";
import styles from "./message-row.module.css";
import { usePaneStore } from "./pane-store.ts";
import { QuickActions } from "./quick-actions.tsx";
import { Reactions } from "./reactions.tsx";
import { useLongPress } from "./use-long-press.ts";

interface MessageRowProps {
  entry: ShownMessage;
  /** The first, and the last, of a run of messages by one person. */
  first: boolean;
  last: boolean;
  position: number;
  tabStop: boolean;
  flashed: boolean;
  /** In the side panel of a thread: there are no threads within threads. */
  inThread?: boolean;
}

/** One message with all that belongs to it. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { entry, first, last, position, tabStop, flashed, inThread = false } = props;
  const { message } = entry;
  const client = useClient();
  const pane = usePaneStore();
  const article = useRef<HTMLElement>(null);
  // A mouse has been here: its buttons are made then, not for every row that scrolls by.
  const [visited, setVisited] = useState(false);
  const own = useChat((state) => state.self?.id === message.senderId);
  const group = useChat((state) => state.conversations[message.conversationId]?.type !== "DIRECT");
  const author = useChat((state) =>
    own ? (state.self?.name ?? "You") : (state.people[message.senderId]?.name ?? "Former member"),
  );
  const avatarUrl = useChat((state) => state.people[message.senderId]?.avatarUrl);
  const context = { client, pane, entry, own, inThread };
  const press = useLongPress((point) => openMessageMenu(context, { ...point, from: article.current }));

  const label = `${own ? "You" : author}, ${exactTime(message.timestamp)}: ${previewText(message)}${message.isEdited ? " (edited)" : ""}`;
  return (
    <article
      ref={article}
      className={styles.row}
      data-message={message.id}
      data-own={own ? "" : undefined}
      data-first={first ? "" : undefined}
      data-last={last ? "" : undefined}
      data-flashed={flashed ? "" : undefined}
      aria-label={label}
      aria-posinset={position + 1}
      aria-setsize={-1}
      tabIndex={tabStop ? 0 : -1}
      onKeyDown={(event) => messageKeys(event, context)}
      onContextMenu={(event) => {
        if ((event.target as HTMLElement).closest("a, img") || window.getSelection()?.toString()) return;
        event.preventDefault();
        const { clientX: x, clientY: y } = event;
        const box = article.current?.getBoundingClientRect();
        openMessageMenu(
          context,
          x || y
            ? { x, y, from: article.current }
            : { x: box?.x ?? 0, y: box?.bottom ?? 0, from: article.current },
        );
      }}
      onPointerEnter={(event) => event.pointerType === "mouse" && setVisited(true)}
      {...press}
    >
      {group && !own && (
        <span className={styles.avatar}>
          {last && <Avatar id={message.senderId} name={author} url={avatarUrl} size={34} />}
        </span>
      )}
      <div className={styles.column}>
        <div className={styles.line}>
          <Bubble
            entry={entry}
            own={own}
            inThread={inThread}
            author={group && !own && first ? { name: author, hue: hueOf(message.senderId) } : null}
          />
          {visited && !message.deletedAt && message.seq > 0 && <QuickActions context={context} />}
        </div>
        {message.reactions.length > 0 && <Reactions entry={entry} own={own} />}
        <FailedLine entry={entry} />
      </div>
    </article>
  );
});
