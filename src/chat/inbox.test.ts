import { expect, test } from "vitest";
import type { Message } from "../protocol/message.ts";
import { type Change, Inbox } from "./inbox.ts";

function message(seq: number, version = seq): Message {
  return { id: `m${seq}`, conversationId: "c", seq, version, content: `message ${seq}` } as Message;
}
function live(seq: number, version = seq): Change {
  return { kind: "message", version, message: message(seq, version) };
}
function shown(changes: Change[]): string[] {
  return changes.map((c) => `${c.kind}${"message" in c ? ` ${c.message.seq}` : ""}`);
}

test("live changes are shown in the order of their versions, and once", () => {
  const inbox = new Inbox();
  expect(shown(inbox.receive(live(2)))).toEqual([]);
  expect(inbox.behind).toBe(true);
  expect(shown(inbox.receive(live(1)))).toEqual(["message 1", "message 2"]);
  expect(shown(inbox.receive(live(2)))).toEqual([]);
  expect(inbox.mark).toEqual({ version: 2, seq: 2 });
});

test("SYNC fills a gap; what is new is told from what changed, an edited new message keeps its place", () => {
  const inbox = new Inbox({ version: 2, seq: 2 });
  inbox.receive(live(5, 7));
  const messages = [message(4, 4), message(1, 5), message(3, 6)];
  const changes = inbox.merge({ id: "c", version: 6, limited: false, messages, receipts: [] });
  expect(shown(changes)).toEqual(["message 3", "message 4", "changed 1", "message 5"]);
  expect(inbox.mark).toEqual({ version: 7, seq: 5 });
});

test("a limited answer leads to its cursor, an empty one to its version", () => {
  const inbox = new Inbox();
  inbox.merge({ id: "c", version: 9, limited: true, cursor: 1, messages: [message(1)], receipts: [] });
  expect(inbox.mark).toEqual({ version: 1, seq: 1 });
  inbox.merge({ id: "c", version: 9, limited: false, messages: [], receipts: [] });
  expect(inbox.mark).toEqual({ version: 9, seq: 1 });
});
