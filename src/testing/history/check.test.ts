import { describe, expect, test } from "vitest";
import { check } from "./check.ts";
import { countRepeatedLive } from "./check-order.ts";
import { honestHistory, live, type MutableHistory } from "./honest-history.ts";
import type { SendRecord, View, ViewRow } from "./record.ts";

/** What the checker says of an honest history into which something was planted. */
function kinds(plant: (history: MutableHistory) => void): string[] {
  const history = honestHistory();
  plant(history);
  return [...new Set(check(history).map((violation) => violation.kind))].sort();
}

function rows(history: MutableHistory, view: number, change: (rows: ViewRow[]) => ViewRow[]): void {
  const before = history.views[view] as View;
  history.views[view] = { ...before, rows: change([...before.rows]) };
}

/** The same change of rows in every view of the group: all agree on the wrong thing. */
function everywhere(history: MutableHistory, change: (rows: ViewRow[]) => ViewRow[]): void {
  for (const [i, view] of history.views.entries()) if (view.conversation === "g") rows(history, i, change);
}

const without = (id: string) => (list: ViewRow[]) => list.filter((row) => row.id !== id);
const changed = (id: string, patch: Partial<ViewRow>) => (list: ViewRow[]) =>
  list.map((row) => (row.id === id ? { ...row, ...patch } : row));

function send(history: MutableHistory, token: string, patch: Partial<SendRecord>): void {
  history.sends = history.sends.map((s) => (s.token === token ? { ...s, ...patch } : s));
}

describe("the history checker", () => {
  test("finds nothing in an honest history", () => {
    expect(check(honestHistory())).toEqual([]);
  });

  test("an unacknowledged send may have happened, once", () => {
    const late: ViewRow = {
      id: "m-t6",
      seq: 6,
      version: 9,
      senderId: "bob",
      content: "⟦t6⟧ hello",
      deleted: false,
      edited: false,
      reactions: [],
    };
    expect(kinds((h) => everywhere(h, (list) => [...list, late]))).toEqual([]);
    expect(
      kinds((h) => everywhere(h, (list) => [...list, late, { ...late, id: "m-again", seq: 7, version: 10 }])),
    ).toContain("duplicated");
  });

  test("lost: an acknowledged message is in no view, with the numbers closed up", () => {
    expect(
      kinds((h) => everywhere(h, (list) => without("m-t4")(list).map((row, i) => ({ ...row, seq: i + 1 })))),
    ).toContain("lost");
  });

  test("lost: only one participant misses the last message", () => {
    expect(kinds((h) => rows(h, 0, without("m-t5")))).toEqual(["diverged", "lost"]);
  });

  test("gap: a number is missing for everybody", () => {
    const unknown = (h: MutableHistory) => send(h, "t4", { result: { end: "unknown" } });
    expect(
      kinds((h) => {
        unknown(h);
        everywhere(h, without("m-t4"));
      }),
    ).toEqual(["gap"]);
  });

  test("duplicated: a message is shown twice, a tempId names two, a live event comes twice", () => {
    expect(kinds((h) => everywhere(h, (list) => [...list, { ...list[4]!, seq: 6 }]))).toContain("duplicated");
    const again = honestHistory().sends[0]!;
    const other = { ...again.result, id: "m-other", seq: 9, version: 9 } as SendRecord["result"];
    expect(kinds((h) => h.sends.push({ ...again, result: other }))).toContain("duplicated");
    const told = live("bob", "t1", "alice", 1, 1, 13);
    expect(kinds((h) => h.received.push(told))).toEqual(["duplicated"]);
    // Sent again, as after an outage, it is counted only: any client of the contract knows it by its version.
    const repeated = (h: MutableHistory) => {
      h.received.push(told);
      h.sends.push({ ...again, result: { ...again.result, duplicate: true } as SendRecord["result"] });
    };
    expect(kinds(repeated)).toEqual([]);
    const history = honestHistory();
    repeated(history);
    expect(countRepeatedLive(history)).toBe(1);
  });

  test("duplicated: two people have two direct conversations", () => {
    expect(
      kinds((h) => (h.conversations[1] = { ...h.conversations[1]!, ids: new Set(["x", "y"]) })),
    ).toContain("duplicated");
  });

  test("reordered: a view is not in the order of seq", () => {
    expect(kinds((h) => everywhere(h, (list) => [list[1]!, list[0]!, ...list.slice(2)]))).toContain(
      "reordered",
    );
  });

  test("reordered: what was said after an acknowledgement comes before it", () => {
    expect(
      kinds((h) => {
        send(h, "t1", { begunAt: 31, endedAt: 32 });
        send(h, "t2", { begunAt: 21, endedAt: 22 });
      }),
    ).toEqual(["reordered"]);
  });

  test("forged: other words, another sender, a deletion by nobody, a message by nobody", () => {
    expect(kinds((h) => everywhere(h, changed("m-t1", { content: "⟦t1⟧ hell" })))).toEqual(["forged"]);
    expect(kinds((h) => everywhere(h, changed("m-t1", { senderId: "bob" })))).toEqual(["forged"]);
    const tombstone = { content: "This message has been deleted", deleted: true };
    expect(kinds((h) => everywhere(h, changed("m-t1", tombstone)))).toEqual(["forged"]);
    expect(
      kinds((h) => everywhere(h, (list) => [...list, { ...list[0]!, id: "m-x", seq: 6, content: "spam" }])),
    ).toEqual(["forged"]);
  });

  test("leak: a stranger gets a message, or only hears of the conversation", () => {
    expect(kinds((h) => h.received.push(live("carol", "t7", "alice", 1, 1, 53, "d")))).toEqual(["leak"]);
    expect(
      kinds((h) =>
        h.received.push({
          userId: "carol",
          device: "c",
          event: "USER_TYPING",
          payload: { conversationId: "conversation-d", userId: "bob" },
          at: 99,
        }),
      ),
    ).toEqual(["leak"]);
  });

  test("leak: the removed member gets what was said after the removal, not what was said before", () => {
    expect(kinds((h) => h.received.push(live("carol", "t5", "alice", 5, 8, 93)))).toEqual(["leak"]);
    expect(kinds((h) => h.received.push(live("carol", "t4", "bob", 4, 4, 93)))).toEqual([]);
  });

  test("leak: the removed member is told of a reaction that came later, not of one that came before", () => {
    const payload = {
      conversationId: "conversation-g",
      messageId: "m-t4",
      userId: "alice",
      emoji: "👍",
      version: 7,
    };
    const told = { userId: "carol", device: "c", event: "REACTION_ADDED", payload, at: 99 };
    expect(kinds((h) => h.received.push(told))).toEqual([]);
    expect(
      kinds((h) => {
        h.reactions = h.reactions.map((r) => ({ ...r, begunAt: 86 }));
        h.received.push(told);
      }),
    ).toEqual(["leak"]);
  });

  test("leak: history is given to a stranger, or SYNC to the removed", () => {
    const seen = honestHistory().views[0]!;
    expect(kinds((h) => h.views.push({ ...seen, userId: "carol", source: "fresh" }))).toEqual(["leak"]);
    expect(kinds((h) => h.views.push({ ...seen, userId: "mallory", source: "history" }))).toEqual(["leak"]);
    expect(kinds((h) => h.views.push({ ...seen, userId: "carol", source: "live on her phone" }))).toEqual([]);
  });

  test("leak: something that nobody in this schedule said", () => {
    expect(kinds((h) => h.received.push(live("bob", "elsewhere", "mallory", 7, 7, 99, "z")))).toContain(
      "leak",
    );
  });

  test("change lost: an edit, a deletion, a reaction, a read", () => {
    const original = { content: "⟦t2⟧ hello", edited: false };
    expect(kinds((h) => everywhere(h, changed("m-t2", original)))).toEqual(["change lost"]);
    const back = { content: "⟦t3⟧ hello", deleted: false };
    expect(kinds((h) => everywhere(h, changed("m-t3", back)))).toEqual(["change lost"]);
    expect(kinds((h) => everywhere(h, changed("m-t4", { reactions: [] })))).toEqual(["change lost"]);
    expect(kinds((h) => everywhere(h, changed("m-t1", { reactions: ["👍 alice"] })))).toEqual([
      "change lost",
    ]);
    const unread = new Map([["bob", 3]]);
    expect(kinds((h) => (h.views = h.views.map((v) => ({ ...v, read: unread }))))).toEqual(["change lost"]);
  });

  test("an edit whose answer was lost may win over a later one, a refused one may not", () => {
    const late = { ...honestHistory().edits[0]!, token: "e2", content: "⟦e2⟧ late" };
    const shown = changed("m-t2", { content: "⟦e2⟧ late" });
    expect(
      kinds((h) => {
        h.edits.push({ ...late, result: { end: "unknown" } });
        everywhere(h, shown);
      }),
    ).toEqual([]);
    expect(
      kinds((h) => {
        h.edits.push({ ...late, result: { end: "refused", maybe: 0, code: "FORBIDDEN" } });
        everywhere(h, shown);
      }),
    ).toEqual(["change lost", "forged"]);
  });

  test("diverged: two views of one conversation differ", () => {
    expect(kinds((h) => rows(h, 1, changed("m-t4", { version: 6 })))).toEqual(["diverged"]);
    expect(kinds((h) => (h.views[0] = { ...h.views[0]!, version: 7 }))).toEqual(["diverged"]);
  });

  test("rewritten: a number is another message's later", () => {
    expect(kinds((h) => h.received.push(live("alice", "t6", "bob", 2, 11, 97)))).toEqual(["rewritten"]);
    expect(kinds((h) => h.received.push(live("alice", "t6", "bob", 6, 2, 97)))).toEqual(["rewritten"]);
  });

  test("went back: a device is answered with an older version", () => {
    const older = honestHistory().received.find((r) => r.event === "SYNC")!;
    const conversations = [{ id: "conversation-g", version: 7, messages: [] }];
    expect(kinds((h) => h.received.push({ ...older, payload: { conversations } }))).toEqual(["went back"]);
  });
});
