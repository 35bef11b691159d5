import { BellOff } from "lucide-react";
import { memo, useMemo } from "react";
import { selectPeer, selectStatusIcon, selectTitle } from "../../engine/state/selectors.ts";
import { listTime } from "../format/time.ts";
import { Avatar } from "../parts/avatar.tsx";
import { StatusIcon } from "../parts/status-icon.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import type { ChatState, ShownMessage } from "../shell/types.ts";
import { openConversationMenu } from "./conversation-menu.tsx";
import styles from "./conversation-row.module.css";
import { isMuted } from "./muted.ts";
import { previewText } from "./preview-text.ts";
import { TypingText } from "./typing-text.tsx";

interface RowProps {
  id: string;
  open: boolean;
  tabIndex: number;
  onFocus(id: string): void;
  onOpen(id: string): void;
}

/** One conversation in the list; draws itself anew only when something about it changes. */
export const ConversationRow = memo(function ConversationRow({
  id,
  open,
  tabIndex,
  onFocus,
  onOpen,
}: RowProps) {
  const client = useClient();
  const conversation = useChat((state) => state.conversations[id]);
  const title = useChat((state) => selectTitle(state, id));
  const peer = useChat((state) => selectPeer(state, id));
  const online = useChat((state) => peer !== null && state.presence[peer]?.status === "online");
  const avatarUrl = useChat((state) => (peer === null ? null : state.people[peer]?.avatarUrl));
  const draft = useChat((state) => state.drafts[id]?.text);
  const typing = useChat((state) => (state.typing[id]?.length ?? 0) > 0);
  if (!conversation) return null;
  const { unreadCount, lastActivityAt } = conversation;
  const muted = isMuted(conversation.notificationSettings);
  return (
    <button
      type="button"
      className={styles.row}
      data-row={id}
      data-open={open ? "" : undefined}
      aria-current={open ? "page" : undefined}
      tabIndex={tabIndex}
      onFocus={() => onFocus(id)}
      onClick={() => onOpen(id)}
      onContextMenu={(event) => {
        event.preventDefault();
        const { clientX: x, clientY: y, currentTarget: from } = event;
        openConversationMenu(client, id, x === 0 && y === 0 ? from : { x, y, from });
      }}
    >
      <Avatar id={peer ?? id} name={title} url={avatarUrl} size={50} online={online} group={peer === null} />
      <span className={styles.middle}>
        <span className={styles.top}>
          <span className={styles.title}>{title}</span>
          {online && <span className="visually-hidden">, online</span>}
          {muted && <BellOff className={styles.muted} size={13} aria-label="muted" />}
          <LastStatus id={id} />
          <time className={styles.time} dateTime={lastActivityAt}>
            {listTime(lastActivityAt)}
          </time>
        </span>
        <span className={styles.bottom}>
          <span className={styles.preview}>
            {typing ? (
              <TypingText id={id} />
            ) : draft && !open ? (
              <>
                <span className={styles.draft}>Draft: </span>
                {draft}
              </>
            ) : (
              <Preview id={id} />
            )}
          </span>
          {unreadCount > 0 && (
            <span className={styles.badge} data-muted={muted ? "" : undefined}>
              {unreadCount > 999 ? "999+" : unreadCount}
              <span className="visually-hidden"> unread</span>
            </span>
          )}
        </span>
      </span>
    </button>
  );
});

/** The newest message as the list has it: what was just written, too, before any server knows of it. */
function useNewest(id: string): ShownMessage | null {
  const last = useChat((state) => state.conversations[id]?.last ?? null);
  const self = useChat((state) => state.self?.id ?? "");
  const send = useChat((state) => lastSend(state, id));
  return useMemo(() => {
    if (send?.kind === "send" && send.state !== "sent")
      return {
        key: send.tempId,
        message: pending(send.content, self, send.attachments ?? []),
        send,
        change: null,
      };
    return last && { key: last.id, message: last, send: null, change: null };
  }, [last, send, self]);
}

function Preview({ id }: { id: string }) {
  const newest = useNewest(id);
  const self = useChat((state) => state.self?.id ?? "");
  const group = useChat((state) => state.conversations[id]?.type !== "DIRECT");
  const author = useChat((state) => state.people[newest?.message.senderId ?? ""]?.name);
  if (newest === null) return <span className={styles.quiet}>No messages yet</span>;
  const { message } = newest;
  const who = message.senderId === self ? "You" : group ? author : undefined;
  return (
    <>
      {who && message.type !== "SYSTEM" && <span className={styles.who}>{who}: </span>}
      {previewText(message)}
    </>
  );
}

function LastStatus({ id }: { id: string }) {
  const newest = useNewest(id);
  const icon = useChat((state) => (newest === null ? null : selectStatusIcon(state, newest)));
  return icon && <StatusIcon icon={icon} size={15} />;
}

function lastSend(state: ChatState, id: string) {
  return state.outbox.findLast((item) => item.conversationId === id && item.kind === "send") ?? null;
}

function pending(content: string, senderId: string, attachments: ShownMessage["message"]["attachments"]) {
  return {
    senderId,
    content,
    attachments,
    type: "TEXT",
    deletedAt: null,
    metadata: {},
  } as unknown as ShownMessage["message"];
}
