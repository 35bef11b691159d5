import type { Virtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useChat } from "../shell/client-context.tsx";
import { requestJump } from "../shell/jumps.ts";
import styles from "./jump-buttons.module.css";
import type { Row } from "./rows.ts";

interface JumpButtonsProps {
  id: string;
  rows: readonly Row[];
  virtual: Virtualizer<HTMLDivElement, Element>;
  away: boolean;
}

/** To the first unread message when that is above, and to the newest ones when those are below. */
export function JumpButtons({ id, rows, virtual, away }: JumpButtonsProps) {
  const unread = useChat((state) => state.conversations[id]?.unreadCount ?? 0);
  const unreadIndex = rows.findIndex(({ kind }) => kind === "unread");
  const above = unreadIndex >= 0 && unreadIndex < (virtual.range?.startIndex ?? 0) && unread > 0;
  if (!away && !above) return null;
  return (
    <div className={styles.buttons}>
      {above && (
        <button
          type="button"
          className={styles.button}
          aria-label="Jump to the first unread message"
          onClick={() => virtual.scrollToIndex(unreadIndex, { align: "start" })}
        >
          <ArrowUp size={20} aria-hidden="true" />
        </button>
      )}
      {away && (
        <button
          type="button"
          className={styles.button}
          aria-label={
            unread > 0 ? `Jump to the newest messages, ${unread} unread` : "Jump to the newest messages"
          }
          onClick={() => requestJump(id, "end")}
        >
          <ArrowDown size={20} aria-hidden="true" />
          {unread > 0 && <span className={styles.badge}>{unread > 999 ? "999+" : unread}</span>}
        </button>
      )}
    </div>
  );
}
