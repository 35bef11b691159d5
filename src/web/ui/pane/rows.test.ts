import { expect, test } from "vitest";
import type { ShownMessage } from "../shell/types.ts";
import { rowsOf } from "./rows.ts";

function entry(seq: number, senderId: string, timestamp: string, more: object = {}): ShownMessage {
  const message = { id: `m${seq}`, seq, senderId, timestamp, type: "TEXT", threadId: null, ...more };
  return { key: `m${seq}`, message, send: null, change: null } as unknown as ShownMessage;
}

const options = { unreadFrom: null, atStart: false };
const kinds = (entries: ShownMessage[], more = {}) =>
  rowsOf(entries, { ...options, ...more }).map(({ kind }) => kind);

test("messages of one person within five minutes are one run, of which the ends are known", () => {
  const rows = rowsOf(
    [
      entry(1, "ann", "2026-03-01T10:00:00.000Z"),
      entry(2, "ann", "2026-03-01T10:04:00.000Z"),
      entry(3, "bob", "2026-03-01T10:04:30.000Z"),
      entry(4, "bob", "2026-03-01T10:10:00.000Z"),
    ],
    options,
  );
  expect(rows.slice(1).map((row) => (row.kind === "message" ? [row.first, row.last] : row.kind))).toEqual([
    [true, false],
    [false, true],
    [true, true],
    [true, true],
  ]);
});

test("each day begins with its name, and ends a run", () => {
  const entries = [entry(1, "ann", "2026-03-01T12:00:00.000Z"), entry(2, "ann", "2026-03-03T12:00:00.000Z")];
  expect(kinds(entries)).toEqual(["day", "message", "day", "message"]);
});

test("the line of unread messages stands once, before the first of them that is shown", () => {
  const entries = [3, 5, 6].map((seq) => entry(seq, "ann", "2026-03-01T12:00:00.000Z"));
  expect(kinds(entries, { unreadFrom: 4 })).toEqual(["day", "message", "unread", "message", "message"]);
  expect(kinds(entries, { unreadFrom: 9 })).not.toContain("unread");
});

test("replies in threads and words of the system are rows of their own kind", () => {
  const entries = [
    entry(1, "ann", "2026-03-01T12:00:00.000Z"),
    entry(2, "ann", "2026-03-01T12:00:01.000Z", { threadId: "m1" }),
    entry(3, "ann", "2026-03-01T12:00:02.000Z", { type: "SYSTEM" }),
  ];
  expect(kinds(entries, { atStart: true })).toEqual(["beginning", "day", "message", "reply", "system"]);
});
