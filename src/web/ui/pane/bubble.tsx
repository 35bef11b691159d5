import { Forward, Lock } from "lucide-react";
import { selectStatusIcon } from "../../engine/state/selectors.ts";
import { clockTime, exactTime } from "../format/time.ts";
import { StatusIcon } from "../parts/status-icon.tsx";
import { useChat } from "../shell/client-context.tsx";
import type { ShownMessage } from "../shell/types.ts";
import { isJumbo, MessageText } from "../text/message-text.tsx";
import { Attachments } from "./attachments.tsx";
import styles from "./bubble.module.css";
import { EditedMark } from "./edited-mark.tsx";
import { LinkPreviews } from "./link-previews.tsx";
import { Quote } from "./quote.tsx";
import { ThreadChip } from "./thread-chip.tsx";

interface BubbleProps {
  entry: ShownMessage;
  own: boolean;
  inThread: boolean;
  /** Named at the top of a run in a group. */
  author: { name: string; hue: number } | null;
}

/** What was said, and beneath it when, and how far it has come. */
export function Bubble({ entry, own, inThread, author }: BubbleProps) {
  const { message } = entry;
  const self = useChat((state) => state.self?.id);
  const deleted = message.deletedAt !== null;
  const jumbo = !deleted && message.attachments.length === 0 && isJumbo(message.content);
  const bare = deleted ? [] : message.attachments;
  const onlyPictures =
    bare.length > 0 && message.content === "" && bare.every(({ type }) => type?.startsWith("image/"));
  return (
    <div
      className={styles.bubble}
      data-own={own ? "" : undefined}
      data-jumbo={jumbo && message.replyToId === null ? "" : undefined}
      data-pictures={onlyPictures ? "" : undefined}
      data-deleted={deleted ? "" : undefined}
    >
      {author && (
        <span className={styles.author} style={{ "--hue": author.hue } as React.CSSProperties} dir="auto">
          {author.name}
        </span>
      )}
      {message.type === "FORWARD" && !deleted && (
        <span className={styles.forwarded}>
          <Forward size={13} aria-hidden="true" /> Forwarded
        </span>
      )}
      {message.replyToId !== null && !deleted && (
        <Quote conversationId={message.conversationId} messageId={message.replyToId} />
      )}
      {!deleted && <Attachments entry={entry} />}
      <div className={styles.body} data-jumbo={jumbo ? "" : undefined}>
        {deleted ? (
          <span className={styles.deleted}>This message has been deleted</span>
        ) : message.isEncrypted ? (
          <span className={styles.deleted}>
            <Lock size={13} aria-hidden="true" /> Encrypted message
          </span>
        ) : (
          <MessageText content={message.content} mentioned={message.metadata?.mentioned} selfId={self} />
        )}
        <Meta entry={entry} />
      </div>
      {!deleted && message.metadata?.previews && <LinkPreviews previews={message.metadata.previews} />}
      {!deleted && !inThread && message.thread && <ThreadChip message={message} />}
    </div>
  );
}

function Meta({ entry }: { entry: ShownMessage }) {
  const { message } = entry;
  const icon = useChat((state) => selectStatusIcon(state, entry));
  const at = message.timestamp || message.clientTimestamp || "";
  return (
    <span className={styles.meta}>
      {message.isEdited && !message.deletedAt && <EditedMark message={message} />}
      {at && (
        <time dateTime={at} title={exactTime(at)}>
          {clockTime(at)}
        </time>
      )}
      {icon && <StatusIcon icon={icon} />}
    </span>
  );
}
