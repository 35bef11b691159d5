import "fake-indexeddb/auto";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { ErrorCode } from "../../../protocol/errors.ts";
import { errorCodes, errorKinds } from "../../../protocol/errors.ts";
import { mayRetry } from "../api/api-error.ts";
import type { Answer, Link } from "../connection/link.ts";
import type { OutboxAction, OutboxItem } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import { openDatabase } from "../storage/database.ts";
import { createOutbox, retried } from "./outbox.ts";

// Only the pauses: IndexedDB goes on by itself.
beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

type Fate = "answered" | "lost" | "answer lost" | "UNAVAILABLE" | "RATE_LIMIT_EXCEEDED";

/** What the server has stored, by the contract: a tempId once, in the order of arrival. */
function wire(fates: readonly Fate[] = []) {
  const stored: { conversationId: string; tempId: string; content: string }[] = [];
  const asked: { event: string; payload: Record<string, unknown>; at: number }[] = [];
  const refusals = new Map<string, ErrorCode>();
  const left = [...fates];
  const link: Link & { up: boolean } = {
    up: true,
    tell() {},
    async ask<T>(event: string, given: unknown): Promise<Answer<T> | undefined> {
      const payload = given as Record<string, string>;
      asked.push({ event, payload, at: Date.now() });
      const fate = left.shift() ?? "answered";
      if (fate === "lost") return undefined;
      if (fate === "UNAVAILABLE" || fate === "RATE_LIMIT_EXCEEDED")
        return { ok: false, error: { code: fate, message: "not now", retryAfter: 3 } };
      const code = refusals.get(payload.content ?? "");
      if (code) return { ok: false, error: { code, message: "never" } };
      const { conversationId = "", tempId = "", content = "" } = payload;
      const known = stored.findIndex((row) => row.tempId === tempId);
      if (event === "NEW_MESSAGE" && known < 0) stored.push({ conversationId, tempId, content });
      const data = { dbMessageId: `id of ${tempId}`, conversationId, seq: 1, version: 1, timestamp: "" };
      return fate === "answer lost" ? undefined : { ok: true, data: data as T };
    },
  };
  return { link, stored, asked, refusals };
}

function scene(fates: readonly Fate[] = []) {
  const network = wire(fates);
  const database = openDatabase(randomUUID());
  onTestFinished(() => database.delete());
  const shared: Input[] = [];
  const outbox = createOutbox({ database, link: network.link, share: (input) => shared.push(input) });
  onTestFinished(() => outbox.rest());
  let id = 0;
  async function add(action: OutboxAction, conversationId = "c1"): Promise<OutboxItem> {
    id += 1;
    const item: OutboxItem = { ...action, id, conversationId, state: "waiting", attempts: 0, error: null };
    await database.outbox.put(item);
    outbox.take(item, id);
    return item;
  }
  async function drained(): Promise<void> {
    for (let rounds = 0; rounds < 400; rounds++) {
      await new Promise((resolve) => setImmediate(resolve));
      await vi.advanceTimersByTimeAsync(1_000);
      const rows = await database.outbox.toArray();
      if (rows.every((row) => row.state === "failed")) return;
    }
    throw new Error(`the outbox still has ${JSON.stringify(await database.outbox.toArray())}`);
  }
  return { ...network, database, outbox, shared, add, drained };
}

function send(content: string): OutboxAction & { kind: "send" } {
  return { kind: "send", tempId: `temp ${content}`, content, clientTimestamp: "2027-01-01T00:00:00.000Z" };
}

const fate = fc.constantFrom<Fate>("answered", "lost", "answer lost", "UNAVAILABLE", "RATE_LIMIT_EXCEEDED");

test("every message arrives once and in its conversation's order, whatever is lost and refused for a while", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fate, { maxLength: 12 }),
      fc.array(fc.constantFrom("c1", "c2"), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (fates, places, tabIsClosed) => {
        const { add, outbox, stored, drained, database, link } = scene(fates);
        await outbox.lead();
        const said = [];
        for (const [n, place] of places.entries()) {
          said.push({ place, content: `${n}` });
          await add(send(`${n}`), place);
        }
        if (tabIsClosed) {
          outbox.rest();
          const next = createOutbox({ database, link, share: () => {} });
          onTestFinished(() => next.rest());
          await next.lead();
        }
        await drained();
        for (const place of ["c1", "c2"])
          expect(stored.filter((row) => row.conversationId === place).map(({ content }) => content)).toEqual(
            said.filter((one) => one.place === place).map(({ content }) => content),
          );
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test("what is refused for good stays as failed with its reason, and does not hold up what follows", async () => {
  const { add, outbox, stored, drained, database, refusals } = scene();
  refusals.set("bad", "FORBIDDEN");
  await outbox.lead();
  await add(send("bad"));
  await add(send("good"));
  await drained();
  expect(stored.map(({ content }) => content)).toEqual(["good"]);
  const [failed] = await database.outbox.toArray();
  expect(failed).toMatchObject({ state: "failed", error: { code: "FORBIDDEN", message: "never" } });

  refusals.clear();
  outbox.take(retried(failed as OutboxItem), 1);
  await drained();
  expect(stored.map(({ content }) => content)).toEqual(["good", "bad"]);
});

test("a retry after CONFLICT has a tempId of its own, any other the same", () => {
  const item: OutboxItem = {
    ...send("x"),
    id: 1,
    conversationId: "c",
    state: "failed",
    attempts: 1,
    error: { code: "CONFLICT", message: "" },
  };
  expect(retried(item)).not.toMatchObject({ tempId: "temp x" });
  expect(retried({ ...item, error: { code: "FORBIDDEN", message: "" } })).toMatchObject({ tempId: "temp x" });
});

test("the server's retryAfter is kept to, also when the connection comes back in between", async () => {
  const { add, outbox, asked, stored } = scene(["RATE_LIMIT_EXCEEDED"]);
  await outbox.lead();
  await add(send("x"));
  const settle = async () => {
    for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
  };
  await settle();
  await vi.advanceTimersByTimeAsync(2_900);
  outbox.connected();
  await settle();
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(700);
  await settle();
  expect(asked).toHaveLength(2);
  expect(stored).toHaveLength(1);
});

describe("while there is no connection", () => {
  test("an edit goes into the unsent message, and a deleted one is never sent", async () => {
    const { add, outbox, link, asked, stored, drained } = scene();
    link.up = false;
    await outbox.lead();
    await add(send("draft"));
    await add({ kind: "edit", target: { tempId: "temp draft" }, content: "final" });
    await add(send("oops"));
    await add({ kind: "delete", target: { tempId: "temp oops" } });
    link.up = true;
    outbox.connected();
    await drained();
    expect(stored.map(({ content }) => content)).toEqual(["final"]);
    expect(asked).toHaveLength(1);
  });

  test("a message that may have arrived is not changed but edited, by the id that its answer tells", async () => {
    const { add, outbox, link, asked, drained } = scene(["answer lost"]);
    await outbox.lead();
    const item = await add(send("first"));
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    link.up = false;
    await add({ kind: "edit", target: { tempId: (item as { tempId: string }).tempId }, content: "second" });
    await add({ kind: "react", target: { tempId: "temp first" }, emoji: "👍", add: true });
    link.up = true;
    outbox.connected();
    await drained();
    expect(asked.map(({ event, payload }) => [event, payload.content ?? payload.emoji])).toEqual([
      ["NEW_MESSAGE", "first"],
      ["NEW_MESSAGE", "first"],
      ["EDIT_MESSAGE", "second"],
      ["ADD_REACTION", "👍"],
    ]);
    expect(asked[2]?.payload.messageId).toBe("id of temp first");
  });
});

test("what may be tried again is what the protocol says", () => {
  for (const code of errorCodes) expect([code, mayRetry(code)]).toEqual([code, errorKinds[code].retry]);
});
