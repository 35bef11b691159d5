import { describe, expect, test } from "vitest";
import type { MessageSent, WireMessage } from "../../testing/client/wire.ts";
import { stage } from "../../testing/contract/stage.ts";

const on = stage({
  env: {
    RATE_LIMIT_MESSAGES_PER_MINUTE: "6",
    RATE_LIMIT_CONVERSATION_PER_MINUTE: "4",
  },
});
const limited = {
  ok: false,
  error: { code: "RATE_LIMIT_EXCEEDED", message: expect.any(String), retryAfter: expect.any(Number) },
};

describe("rate limits", () => {
  test("of one conversation count over both gateways, and leave other conversations alone", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const devices = [await on.device(alice, 0), await on.device(alice, 1)];
    for (let i = 0; i < 4; i++)
      await devices[i % 2]!.must("NEW_MESSAGE", { receiverId: bob.id, content: String(i) });
    for (const device of devices) {
      const answer = await device.emit("NEW_MESSAGE", { receiverId: bob.id, content: "too many" });
      expect(answer).toMatchObject(limited);
      if (answer.ok) continue;
      expect(answer.error.retryAfter).toBeGreaterThan(0);
      expect(answer.error.retryAfter).toBeLessThanOrEqual(60);
    }
    const [a] = devices;
    await a!.must("NEW_MESSAGE", { receiverId: carol.id, content: "another one" });
    // The receiver has a limit of their own.
    const b = await on.device(bob, 1);
    await b.must("NEW_MESSAGE", { receiverId: alice.id, content: "slowly" });
  });

  test("of a user count over all conversations; without a callback the answer is RATE_LIMIT_EXCEEDED", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const a = await on.device(alice);
    for (const receiver of [bob, bob, bob, carol, carol, carol])
      await a.must("NEW_MESSAGE", { receiverId: receiver.id, content: "x" });
    a.socket.emit("NEW_MESSAGE", { receiverId: bob.id, content: "seventh", tempId: "t7" });
    const event = await a.events.next<{ retryAfter: number }>("RATE_LIMIT_EXCEEDED");
    expect(event).toMatchObject({ error: expect.any(String), tempId: "t7" });
    expect(event.retryAfter).toBeGreaterThan(0);
    expect(event.retryAfter).toBeLessThanOrEqual(60);
    const rest = await on.rest(alice, 1).post("/messages", { receiverId: bob.id, content: "by REST" });
    expect(rest.status).toBe(429);
    expect(Number(rest.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  test("of a conversation's own setting replace the general one", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const group = await on.group(alice, bob);
    await on.rest(alice).patch(`/conversations/${group}`, { rateLimit: 1 });
    const b = await on.device(bob, 1);
    await b.must("NEW_MESSAGE", { conversationId: group, content: "one" });
    expect(await b.emit("NEW_MESSAGE", { conversationId: group, content: "two" })).toMatchObject(limited);
  });

  test("let through what they refused once it is the same gap-free order", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        a.emit<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: String(i) }),
      ),
    );
    const seqs = answers.flatMap((answer) => (answer.ok ? [answer.data.seq] : []));
    expect(seqs).toEqual([1, 2, 3, 4]);
    const next = await b.must<MessageSent>("NEW_MESSAGE", { receiverId: alice.id, content: "next" });
    expect(next.seq).toBe(5);
  });
});

describe("content", () => {
  test.each([
    ["10,001 characters", "x".repeat(10_001)],
    ["nothing", ""],
    ["blanks", "  \n "],
    ["a NUL", "a\0b"],
    ["a number", 7],
  ])("of %s is VALIDATION_FAILED", async (_, content) => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const a = await on.device(alice);
    const answer = await a.emit("NEW_MESSAGE", { receiverId: bob.id, content });
    expect(answer).toMatchObject({ ok: false, error: { code: "VALIDATION_FAILED", field: "content" } });
  });

  test("of 10,000 characters, of SQL and of HTML arrives as it was sent", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const contents = ["𝒙".repeat(10_000), "'; drop table messages; --", "<script>alert(1)</script> &amp;"];
    for (const content of contents) {
      await a.must("NEW_MESSAGE", { receiverId: bob.id, content });
      expect((await b.events.next<WireMessage>("NEW_MESSAGE")).content).toBe(content);
    }
  });

  test("an event that nobody knows is a failed acknowledgement, and the connection lives on", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const a = await on.device(alice);
    for (const event of ["DROP_TABLE", "constructor", "__proto__"])
      expect(await a.emit(event, {})).toMatchObject({ ok: false, error: { code: "VALIDATION_FAILED" } });
    await a.must("NEW_MESSAGE", { receiverId: bob.id, content: "still here" });
  });

  test("MAX_MESSAGE_LENGTH counts characters, for sends and edits", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const a = await on.device(alice);
    const sent = await a.must<MessageSent>("NEW_MESSAGE", {
      receiverId: bob.id,
      content: "😀".repeat(10_000),
    });
    const tooLong = { ok: false, error: { code: "VALIDATION_FAILED", field: "content" } };
    const content = "x".repeat(10_001);
    expect(await a.emit("NEW_MESSAGE", { receiverId: bob.id, content })).toMatchObject(tooLong);
    expect(await a.emit("EDIT_MESSAGE", { messageId: sent.dbMessageId, content })).toMatchObject(tooLong);
  });
});
