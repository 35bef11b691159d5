import { useSyncExternalStore } from "react";

/** phone: one pane at a time. tablet: list and messages, the side panel over them. desktop: all three side by side. */
export type Layout = "phone" | "tablet" | "desktop";

const phone = window.matchMedia("(max-width: 719px)");
const desktop = window.matchMedia("(min-width: 1120px)");

export function useLayout(): Layout {
  return useSyncExternalStore(subscribe, layout);
}

function layout(): Layout {
  return phone.matches ? "phone" : desktop.matches ? "desktop" : "tablet";
}

function subscribe(listener: () => void): () => void {
  phone.addEventListener("change", listener);
  desktop.addEventListener("change", listener);
  return () => {
    phone.removeEventListener("change", listener);
    desktop.removeEventListener("change", listener);
  };
}
