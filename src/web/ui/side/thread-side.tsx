import { useEffect, useMemo, useRef, useState } from "react";
import { selectThread, selectTimeline, selectTitle } from "../../engine/state/selectors.ts";
import { Composer } from "../compose/composer.tsx";
import { MessageRow } from "../pane/message-row.tsx";
import { PaneSkeleton } from "../pane/pane-skeleton.tsx";
import { createPaneStore, PaneProvider } from "../pane/pane-store.ts";
import { Button } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { failureOf } from "../shell/failure.ts";
import type { ShownMessage } from "../shell/types.ts";
import { SideFrame } from "./side-frame.tsx";
import styles from "./thread-side.module.css";

interface ThreadSideProps {
  conversationId: string;
  rootId: string;
}

/** A message and what was answered to it, beside the conversation. */
export function ThreadSide({ conversationId, rootId }: ThreadSideProps) {
  const client = useClient();
  const [store] = useState(() => createPaneStore(conversationId));
  const title = useChat((state) => selectTitle(state, conversationId));
  const shown = useChat((state) =>
    selectTimeline(state, conversationId).entries.find(({ message }) => message.id === rootId),
  );
  const thread = useChat((state) => selectThread(state, conversationId, rootId));
  const replies = useMemo(() => thread.filter(({ message }) => message.id !== rootId), [thread, rootId]);
  const [loading, setLoading] = useState(true);
  const [more, setMore] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const end = useRef<HTMLDivElement>(null);

  const root = useMemo<ShownMessage | null>(() => {
    if (shown) return shown;
    const message = loading ? null : client.messages.find(conversationId, rootId);
    return message && { key: message.id, message, send: null, change: null };
  }, [shown, client, conversationId, rootId, loading]);

  useEffect(() => {
    const controller = new AbortController();
    client.messages
      .loadThread(conversationId, rootId, { signal: controller.signal })
      .then(setMore, (error) => !controller.signal.aborted && setFailure(failureOf(error).text))
      .finally(() => setLoading(false));
    return () => controller.abort();
  }, [client, conversationId, rootId]);

  const count = replies.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new reply is brought into sight
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [count]);

  return (
    <PaneProvider value={store}>
      <SideFrame conversationId={conversationId} title="Thread" subtitle={title}>
        <div className={styles.scroller}>
          {root && <MessageRow entry={root} first last position={0} tabStop flashed={false} inThread />}
          {count > 0 && (
            <p className={styles.count}>
              {count} {count === 1 ? "reply" : "replies"}
            </p>
          )}
          {more && (
            <Button
              look="quiet"
              onClick={() => void client.messages.loadThread(conversationId, rootId).then(setMore, () => {})}
            >
              Show more
            </Button>
          )}
          {loading && count === 0 && <PaneSkeleton />}
          {replies.map((entry, index) => (
            <MessageRow
              key={entry.key}
              entry={entry}
              first={replies[index - 1]?.message.senderId !== entry.message.senderId}
              last={replies[index + 1]?.message.senderId !== entry.message.senderId}
              position={index + 1}
              tabStop
              flashed={false}
              inThread
            />
          ))}
          {!loading && count === 0 && !failure && (
            <p className={styles.note}>No replies yet. Write the first one.</p>
          )}
          {failure && count === 0 && <p className={styles.note}>{failure}</p>}
          <div ref={end} />
        </div>
        <div className={styles.composer}>
          <Composer conversationId={conversationId} threadId={rootId} />
        </div>
      </SideFrame>
    </PaneProvider>
  );
}
