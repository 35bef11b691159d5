import { createElement, lazy, Suspense, useEffect } from "react";
import { selectOrder } from "../../engine/state/selectors.ts";
import { openDialog, useOverlays } from "../overlay/overlay-store.ts";
import { useClient } from "./client-context.tsx";
import { currentRoute, goTo } from "./route.ts";

const Switcher = lazy(() =>
  import("../dialogs/switcher.tsx").then(({ Switcher }) => ({ default: Switcher })),
);

export function openSwitcher(): void {
  openDialog(createElement(Suspense, { fallback: null }, createElement(Switcher)));
}

/** Keys that work everywhere: Ctrl-K goes to a conversation, Alt-↑↓ to the next one, Esc steps back. */
export function useShortcuts(): void {
  const { store } = useClient();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      if (event.defaultPrevented || event.isComposing) return;
      if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k") {
        event.preventDefault();
        openSwitcher();
        return;
      }
      const { dialog, menu, popover } = useOverlays.getState();
      if (dialog || menu || popover) return;
      const route = currentRoute();
      if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
        const order = selectOrder(store.getState());
        const at = order.indexOf(route.conversationId ?? "");
        const next = order[at + (event.key === "ArrowDown" ? 1 : -1)];
        if (next === undefined) return;
        event.preventDefault();
        goTo({ conversationId: next });
      } else if (event.key === "Escape" && route.conversationId !== null) {
        event.preventDefault();
        goTo(route.side ? { conversationId: route.conversationId } : {});
      }
    }
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [store]);
}
