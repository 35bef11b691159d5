import { useEffect } from "react";
import { selectUnreadTotal } from "../../engine/state/selectors.ts";
import { useChat } from "./client-context.tsx";

/** The unread messages in the tab's title, and on the icon of the installed app. */
export function useTitle(): void {
  const unread = useChat(selectUnreadTotal);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread > 999 ? "999+" : unread}) Nexus` : "Nexus";
    const badge = unread > 0 ? navigator.setAppBadge?.(unread) : navigator.clearAppBadge?.();
    badge?.catch(() => {});
  }, [unread]);
}
