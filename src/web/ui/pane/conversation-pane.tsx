import { useEffect, useRef, useState } from "react";
import { Composer } from "../compose/composer.tsx";
import { useFileDrop } from "../compose/use-file-drop.ts";
import { useChat, useClient } from "../shell/client-context.tsx";
import { Announcer } from "./announcer.tsx";
import styles from "./conversation-pane.module.css";
import { DropTarget } from "./drop-target.tsx";
import { MessageList } from "./message-list.tsx";
import { PaneHeader } from "./pane-header.tsx";
import { PaneSkeleton } from "./pane-skeleton.tsx";
import { createPaneStore, PaneProvider } from "./pane-store.ts";
import { UnknownConversation } from "./unknown-conversation.tsx";

interface PaneProps {
  id: string;
  /** A message to jump to. */
  seq: number | null;
  known: boolean;
}

/** One conversation: who it is with, what was said, and the line to write in. */
export function ConversationPane({ id, seq, known }: PaneProps) {
  const listReady = useChat((state) => state.listReady);
  return (
    <main className={styles.pane} aria-label="Messages">
      {known ? (
        <KnownPane id={id} seq={seq} />
      ) : listReady ? (
        <UnknownConversation id={id} />
      ) : (
        <PaneSkeleton />
      )}
    </main>
  );
}

function KnownPane({ id, seq }: Omit<PaneProps, "known">) {
  const client = useClient();
  const [store] = useState(() => createPaneStore(id));
  const pane = useRef<HTMLDivElement>(null);
  const opened = useChat((state) => state.views[id] !== undefined);
  const writes = useChat((state) => mayWrite(state.conversations[id], state.self?.id));
  const dropping = useFileDrop(pane, writes ? (files) => store.getState().addFiles(files) : null);

  useEffect(() => {
    void client.conversations.open(id);
    return () => client.conversations.leaveView(id);
  }, [client, id]);

  return (
    <PaneProvider value={store}>
      <div className={styles.inner} ref={pane}>
        <PaneHeader id={id} />
        {opened ? <MessageList id={id} seq={seq} /> : <PaneSkeleton />}
        {writes ? (
          <Composer conversationId={id} />
        ) : (
          <p className={styles.readOnly}>You cannot write in this conversation.</p>
        )}
        <Announcer id={id} />
        {dropping && <DropTarget />}
      </div>
    </PaneProvider>
  );
}

type Conversations = ReturnType<ReturnType<typeof useClient>["store"]["getState"]>["conversations"];

function mayWrite(conversation: Conversations[string] | undefined, self: string | undefined): boolean {
  if (!conversation || conversation.status === "DELETED" || conversation.status === "ARCHIVED") return false;
  const me = conversation.participants.find(({ userId }) => userId === self);
  if (!me) return true; // a large conversation tells only some of its participants
  return me.status === "ACTIVE" && me.permissions.canSendMessages !== false;
}
