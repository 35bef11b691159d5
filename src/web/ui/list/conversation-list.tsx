import { useVirtualizer } from "@tanstack/react-virtual";
import { MessagesSquare } from "lucide-react";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { selectOrder } from "../../engine/state/selectors.ts";
import { NewConversation } from "../dialogs/lazy.tsx";
import { openDialog } from "../overlay/overlay-store.ts";
import { Button } from "../parts/button.tsx";
import { useChat } from "../shell/client-context.tsx";
import { goTo } from "../shell/route.ts";
import styles from "./conversation-list.module.css";
import { ConversationRow } from "./conversation-row.tsx";
import { RowSkeletons } from "./row-skeletons.tsx";

const ROW = 72;

/** All conversations, newest activity first. One of them takes the Tab key; arrows move, Enter opens. */
export function ConversationList({ openId }: { openId: string | null }) {
  const order = useChat(selectOrder);
  const ready = useChat((state) => state.listReady);
  const scroller = useRef<HTMLDivElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const virtual = useVirtualizer({
    count: order.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    getItemKey: (index) => order[index] ?? index,
    overscan: 6,
    useFlushSync: false,
  });

  const current = focused ?? openId;
  const stop = Math.max(0, order.indexOf(current ?? ""));

  // A conversation opened by a key or a notification may lie outside of what is seen.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another one is opened
  useEffect(() => {
    const index = order.indexOf(openId ?? "");
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
  }, [openId]);

  function move(to: number) {
    const id = order[Math.min(order.length - 1, Math.max(0, to))];
    if (id === undefined) return;
    setFocused(id);
    virtual.scrollToIndex(order.indexOf(id), { align: "auto" });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus());
  }

  function onKeyDown(event: KeyboardEvent) {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? ROW) / ROW) - 1);
    const steps: Record<string, number> = {
      ArrowDown: stop + 1,
      ArrowUp: stop - 1,
      PageDown: stop + page,
      PageUp: stop - page,
      Home: 0,
      End: order.length - 1,
    };
    const to = event.altKey ? undefined : steps[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(to);
  }

  if (order.length === 0) return ready ? <Empty /> : <RowSkeletons />;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move among the rows in it
    <div className={styles.scroller} ref={scroller} onKeyDown={onKeyDown}>
      <ul className={styles.list} style={{ height: virtual.getTotalSize() }} aria-label="Conversations">
        {virtual.getVirtualItems().map(({ key, index, start }) => {
          const id = order[index];
          if (id === undefined) return null;
          return (
            <li key={key} className={styles.item} style={{ transform: `translateY(${start}px)` }}>
              <ConversationRow
                id={id}
                open={id === openId}
                tabIndex={index === stop ? 0 : -1}
                onFocus={setFocused}
                onOpen={(conversationId) => goTo({ conversationId })}
              />
            </li>
          );
        })}
      </ul>
    </div>
  );
}

function Empty() {
  return (
    <div className={styles.empty}>
      <div className={styles.sign}>
        <MessagesSquare size={30} strokeWidth={1.6} aria-hidden="true" />
      </div>
      <p className={styles.title}>No conversations yet</p>
      <p>Find somebody by name or e-mail address, or begin a group.</p>
      <Button look="primary" onClick={() => openDialog(<NewConversation />)}>
        New conversation
      </Button>
    </div>
  );
}
