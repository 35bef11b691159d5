import { lazy, Suspense, useEffect } from "react";
import { ListPane } from "../list/list-pane.tsx";
import { ConversationPane } from "../pane/conversation-pane.tsx";
import { useChat } from "./client-context.tsx";
import { NothingOpen } from "./nothing-open.tsx";
import { useRoute } from "./route.ts";
import { useShortcuts } from "./shortcuts.ts";
import { useLayout } from "./use-layout.ts";
import { useTitle } from "./use-title.ts";
import styles from "./workspace.module.css";

const SidePane = lazy(() => import("../side/side-pane.tsx").then(({ SidePane }) => ({ default: SidePane })));

/** The list, the messages and what is beside them, as many at a time as there is room for. */
export function Workspace() {
  const route = useRoute();
  const layout = useLayout();
  const { conversationId, side } = route;
  const known = useChat(
    (state) => conversationId !== null && state.conversations[conversationId] !== undefined,
  );
  useShortcuts();
  useTitle();
  useEffect(() => {
    // The side panel's code comes while nothing else is to be done, so that it opens at once.
    const timer = setTimeout(() => void import("../side/side-pane.tsx").catch(() => {}), 4000);
    return () => clearTimeout(timer);
  }, []);

  const open = conversationId !== null;
  const shows = layout === "phone" ? (side ? "side" : open ? "messages" : "list") : "all";
  return (
    <div className={styles.workspace} data-layout={layout} data-side={side ? "" : undefined}>
      {shows === "all" && <ListPane openId={conversationId} />}
      {shows === "list" && (
        <main className={styles.only}>
          <ListPane openId={conversationId} />
        </main>
      )}
      {(shows === "all" || shows === "messages") &&
        (open ? (
          <ConversationPane key={conversationId} id={conversationId} seq={route.seq} known={known} />
        ) : (
          <NothingOpen />
        ))}
      {open && known && side && (
        <Suspense fallback={<aside className={styles.sideFallback} aria-busy="true" />}>
          <SidePane key={`${conversationId}/${side.kind}`} conversationId={conversationId} side={side} />
        </Suspense>
      )}
    </div>
  );
}
