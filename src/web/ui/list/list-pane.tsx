import { Menu, PenSquare } from "lucide-react";
import { useRef, useState } from "react";
import { NewConversation } from "../dialogs/lazy.tsx";
import { openDialog } from "../overlay/overlay-store.ts";
import { IconButton } from "../parts/button.tsx";
import { SearchField } from "../parts/search-field.tsx";
import { ConnectionChip } from "./connection-chip.tsx";
import { ConversationList } from "./conversation-list.tsx";
import styles from "./list-pane.module.css";
import { openMainMenu } from "./main-menu.tsx";
import { PushOffer } from "./push-offer.tsx";
import { SearchResults } from "./search-results.tsx";

/** All conversations, and the search over people, conversations and messages. */
export function ListPane({ openId }: { openId: string | null }) {
  const [query, setQuery] = useState("");
  const pane = useRef<HTMLElement>(null);

  function focusFirst() {
    pane.current?.querySelector<HTMLElement>("[data-row]")?.focus();
  }

  return (
    <nav className={styles.pane} aria-label="Conversations" ref={pane}>
      <h1 className="visually-hidden">Conversations</h1>
      <header className={styles.header}>
        <IconButton
          icon={Menu}
          label="Menu"
          aria-haspopup="menu"
          tip="none"
          onClick={(event) => openMainMenu(event.currentTarget)}
        />
        <SearchField
          label="Search"
          value={query}
          onValue={setQuery}
          onKeyDown={(event) => {
            if (event.key !== "ArrowDown") return;
            event.preventDefault();
            focusFirst();
          }}
        />
        <IconButton
          icon={PenSquare}
          label="New conversation"
          onClick={() => openDialog(<NewConversation />)}
        />
      </header>
      <ConnectionChip />
      <PushOffer />
      {query.trim() === "" ? (
        <ConversationList openId={openId} />
      ) : (
        <SearchResults query={query.trim()} onDone={() => setQuery("")} />
      )}
    </nav>
  );
}
