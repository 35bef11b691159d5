import { dayKey, dayLabel } from "../format/time.ts";
import type { ShownMessage } from "../shell/types.ts";

/** What the list of messages is made of: messages, and lines between them. */
export type Row =
  | { kind: "day"; key: string; label: string }
  | { kind: "unread"; key: string }
  | { kind: "beginning"; key: string }
  | { kind: "message"; key: string; entry: ShownMessage; first: boolean; last: boolean }
  | { kind: "reply"; key: string; entry: ShownMessage }
  | { kind: "system"; key: string; entry: ShownMessage };

/** Messages of one person belong together when no more than this lies between two of them, in ms. */
const TOGETHER = 5 * 60_000;

interface RowOptions {
  /** Before the message with this seq goes the line "Unread messages". */
  unreadFrom: number | null;
  /** Nothing older exists: the conversation begins here. */
  atStart: boolean;
}

/** The rows of a timeline, oldest first. `first` and `last` say where a person's run of messages begins and ends. */
export function rowsOf(entries: readonly ShownMessage[], { unreadFrom, atStart }: RowOptions): Row[] {
  const rows: Row[] = [];
  if (atStart) rows.push({ kind: "beginning", key: "beginning" });
  let day = "";
  let run: Extract<Row, { kind: "message" }> | undefined;
  let unreadShown = unreadFrom === null;
  for (const entry of entries) {
    const { message } = entry;
    const at = timeOf(entry);
    const key = dayKey(at);
    if (key !== day) {
      day = key;
      run = undefined;
      rows.push({ kind: "day", key: `day ${entry.key}`, label: dayLabel(at) });
    }
    if (!unreadShown && unreadFrom !== null && message.seq >= unreadFrom) {
      unreadShown = true;
      run = undefined;
      rows.push({ kind: "unread", key: "unread" });
    }
    if (message.type === "SYSTEM" || message.threadId !== null) {
      run = undefined;
      rows.push({ kind: message.type === "SYSTEM" ? "system" : "reply", key: entry.key, entry });
      continue;
    }
    const joins =
      run !== undefined &&
      run.entry.message.senderId === message.senderId &&
      Date.parse(at) - Date.parse(timeOf(run.entry)) < TOGETHER;
    if (joins && run) run.last = false;
    run = { kind: "message", key: entry.key, entry, first: !joins, last: true };
    rows.push(run);
  }
  return rows;
}

function timeOf({ message }: ShownMessage): string {
  return message.timestamp || message.clientTimestamp || new Date(0).toISOString();
}
