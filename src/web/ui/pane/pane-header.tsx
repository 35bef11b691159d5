import { ArrowLeft, EllipsisVertical, Search } from "lucide-react";
import { selectPeer, selectTitle } from "../../engine/state/selectors.ts";
import { lastSeenText } from "../format/time.ts";
import { openConversationMenu } from "../list/conversation-menu.tsx";
import { TypingText } from "../list/typing-text.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { IconButton } from "../parts/button.tsx";
import { useChat, useClient } from "../shell/client-context.tsx";
import { goTo, useRoute } from "../shell/route.ts";
import { useLayout } from "../shell/use-layout.ts";
import styles from "./pane-header.module.css";

/** Who a conversation is with and what they do now. */
export function PaneHeader({ id }: { id: string }) {
  const client = useClient();
  const layout = useLayout();
  const { side } = useRoute();
  const title = useChat((state) => selectTitle(state, id));
  const peer = useChat((state) => selectPeer(state, id));
  const avatarUrl = useChat((state) => (peer === null ? null : state.people[peer]?.avatarUrl));
  const toggle = (kind: "info" | "search") =>
    goTo(side?.kind === kind ? { conversationId: id } : { conversationId: id, side: { kind } });
  return (
    <header className={styles.header}>
      {layout === "phone" && (
        <IconButton icon={ArrowLeft} label="Back to conversations" tip="none" onClick={() => goTo({})} />
      )}
      <button
        type="button"
        className={styles.who}
        aria-expanded={side?.kind === "info"}
        onClick={() => toggle("info")}
      >
        <Avatar id={peer ?? id} name={title} url={avatarUrl} size={42} group={peer === null} />
        <span className={styles.words}>
          <h1 className={styles.title}>{title}</h1>
          <span className={styles.status}>
            <HeaderStatus id={id} peer={peer} />
          </span>
        </span>
      </button>
      <IconButton
        icon={Search}
        label="Search in conversation"
        aria-expanded={side?.kind === "search"}
        onClick={() => toggle("search")}
      />
      <IconButton
        icon={EllipsisVertical}
        label="More"
        tip="none"
        aria-haspopup="menu"
        onClick={(event) => openConversationMenu(client, id, event.currentTarget)}
      />
    </header>
  );
}

function HeaderStatus({ id, peer }: { id: string; peer: string | null }) {
  const typing = useChat((state) => (state.typing[id]?.length ?? 0) > 0);
  const presence = useChat((state) => (peer === null ? undefined : state.presence[peer]));
  const lastSeen = useChat((state) => (peer === null ? undefined : state.people[peer]?.lastSeen));
  const members = useChat((state) => state.conversations[id]?.memberCount ?? 0);
  const online = useChat(
    (state) =>
      state.conversations[id]?.participants.filter(
        ({ userId }) => state.presence[userId]?.status === "online",
      ).length ?? 0,
  );
  if (typing) return <TypingText id={id} />;
  if (peer === null)
    return (
      <>
        {members} {members === 1 ? "member" : "members"}
        {online > 1 && `, ${online} online`}
      </>
    );
  if (presence?.status === "online") return <span className={styles.online}>online</span>;
  if (presence?.status === "away") return <>away</>;
  return <>{lastSeenText(presence?.lastSeen ?? lastSeen)}</>;
}
