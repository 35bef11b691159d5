/** What need not be sent at all. Pure. */
import type { OutboxItem } from "../state/chat-state.ts";

export interface Compacted {
  readonly items: readonly OutboxItem[];
  readonly changed: readonly OutboxItem[];
  readonly gone: readonly number[];
}

/**
 * The same outcome with fewer requests: a message that was never on its way takes its edits in, and goes with its
 * deletion. One that may have reached the server must not change: its tempId stands for what it said.
 */
export function compact(items: readonly OutboxItem[]): Compacted {
  const changed = new Map<number, OutboxItem>();
  const gone = new Set<number>();
  for (const send of items) {
    if (send.kind !== "send" || send.attempts > 0 || send.state === "sending") continue;
    let next: OutboxItem & { kind: "send" } = send;
    let about: number[] = [];
    for (const item of items) {
      if (!("target" in item) || !("tempId" in item.target) || item.target.tempId !== send.tempId) continue;
      if (item.state !== "waiting") continue;
      about.push(item.id);
      if (item.kind === "edit") next = { ...next, content: item.content };
      if (item.kind === "react") about = about.filter((id) => id !== item.id);
      if (item.kind === "delete") {
        gone.add(send.id);
        for (const other of items)
          if ("target" in other && "tempId" in other.target && other.target.tempId === send.tempId)
            gone.add(other.id);
      }
    }
    for (const id of about) gone.add(id);
    if (next !== send && !gone.has(send.id)) changed.set(send.id, next);
  }
  const left = items.filter(({ id }) => !gone.has(id)).map((item) => changed.get(item.id) ?? item);
  return { items: left, changed: [...changed.values()], gone: [...gone] };
}
