/** Where in the client somebody is, kept in the address so that back, reload and a notification's click work. */
import { useSyncExternalStore } from "react";

export interface Route {
  conversationId: string | null;
  /** A message to jump to. */
  seq: number | null;
  /** What is open beside the messages. */
  side: { kind: "thread"; rootId: string } | { kind: "info" } | { kind: "search" } | null;
}

const nowhere: Route = { conversationId: null, seq: null, side: null };
let last: { hash: string; route: Route } = { hash: "", route: nowhere };

/** `#/c/<id>`, then nothing, `/m/<seq>`, `/t/<rootId>`, `/info` or `/search`. Anything else is the start. */
export function parseRoute(hash: string): Route {
  const [, page, id, kind, value] = hash.replace(/^#/, "").split("/");
  if (page !== "c" || !id) return nowhere;
  const conversationId = decode(id);
  const seq = kind === "m" && /^\d+$/.test(value ?? "") ? Number(value) : null;
  const side =
    kind === "t" && value
      ? { kind: "thread" as const, rootId: decode(value) }
      : kind === "info" || kind === "search"
        ? { kind: kind as "info" | "search" }
        : null;
  return { conversationId, seq, side };
}

export function hashOf(route: Partial<Route>): string {
  if (!route.conversationId) return "#/";
  const base = `#/c/${encodeURIComponent(route.conversationId)}`;
  if (route.side?.kind === "thread") return `${base}/t/${encodeURIComponent(route.side.rootId)}`;
  if (route.side) return `${base}/${route.side.kind}`;
  return route.seq ? `${base}/m/${route.seq}` : base;
}

/** `replace`: without a step for the back button. */
export function goTo(route: Partial<Route>, how: "push" | "replace" = "push"): void {
  const hash = hashOf(route);
  if (hash === location.hash) {
    window.dispatchEvent(new HashChangeEvent("hashchange"));
    return;
  }
  if (how === "push") location.hash = hash;
  else {
    history.replaceState(null, "", hash);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  }
}

export function currentRoute(): Route {
  if (last.hash !== location.hash) last = { hash: location.hash, route: parseRoute(location.hash) };
  return last.route;
}

export function useRoute(): Route {
  return useSyncExternalStore(subscribe, currentRoute);
}

function subscribe(listener: () => void): () => void {
  window.addEventListener("hashchange", listener);
  return () => window.removeEventListener("hashchange", listener);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
