import { SearchX } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { goTo } from "../shell/route.ts";
import { PaneSkeleton } from "./pane-skeleton.tsx";
import styles from "./unknown-conversation.module.css";

/** An address that leads nowhere: the conversation is gone, or was never one's own. It is asked for once. */
export function UnknownConversation({ id }: { id: string }) {
  const client = useClient();
  const connected = useChat((state) => state.connection.status === "connected");
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!connected) return;
    let here = true;
    void client.conversations
      .refresh(id)
      .catch(() => {})
      .then(() => here && setAsked(true));
    return () => {
      here = false;
    };
  }, [client, connected, id]);
  if (!asked) return <PaneSkeleton />;
  return (
    <div className={styles.page}>
      <SearchX size={36} strokeWidth={1.5} aria-hidden="true" />
      <p className={styles.title}>This conversation is not here</p>
      <p>It may have been deleted, or you are no longer in it.</p>
      <Button onClick={() => goTo({}, "replace")}>Back to the list</Button>
    </div>
  );
}
