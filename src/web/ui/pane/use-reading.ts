import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useSyncExternalStore } from "react";
import { useClient } from "../shell/client-context.tsx";
import type { Row } from "./rows.ts";

/** What has been in sight while somebody was looking at this window counts as read. */
export function useReading(
  id: string,
  rows: readonly Row[],
  virtual: Virtualizer<HTMLDivElement, Element>,
): void {
  const client = useClient();
  const looking = useSyncExternalStore(subscribe, isLooking);
  const marked = useRef(0);
  const last = virtual.range?.endIndex ?? -1;
  useEffect(() => {
    if (!looking) return;
    const seq = seqUpTo(rows, last);
    if (seq <= marked.current) return;
    marked.current = seq;
    client.conversations.markRead(id, seq);
  }, [client, id, rows, last, looking]);
}

function seqUpTo(rows: readonly Row[], last: number): number {
  for (let index = Math.min(last, rows.length - 1); index >= 0; index--) {
    const row = rows[index];
    if (row && "entry" in row && row.entry.message.seq > 0) return row.entry.message.seq;
  }
  return 0;
}

function isLooking(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}

function subscribe(listener: () => void): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  window.addEventListener("focus", listener, { signal });
  window.addEventListener("blur", listener, { signal });
  document.addEventListener("visibilitychange", listener, { signal });
  return () => controller.abort();
}
