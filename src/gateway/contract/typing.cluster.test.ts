import { describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/client/connect.ts";
import type { MessageSent } from "../../testing/client/wire.ts";
import { mentionsOf, stage } from "../../testing/contract/stage.ts";

const on = stage();

interface Typing {
  userId: string;
  conversationId: string;
  isTyping: boolean;
}

/** Alice on gateway 0; Bob with a device on each gateway; they have a conversation. */
async function pair() {
  const [alice, bob] = await on.people("Alice", "Bob");
  const [a, b, b2] = await Promise.all([on.device(alice, 0), on.device(bob, 1), on.device(bob, 0)]);
  const { conversationId } = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "hi" });
  return { alice, bob, a, b, b2, conversationId };
}

function typing(client: TestClient, isTyping: boolean, timeoutMs?: number): Promise<Typing> {
  return client.events.next<Typing>("USER_TYPING", (event) => event.isTyping === isTyping, timeoutMs);
}

describe("USER_TYPING", () => {
  test("follows TYPING_START and TYPING_STOP to the other's devices on both gateways", async () => {
    const { alice, a, b, b2, bob, conversationId } = await pair();
    expect(await a.must("TYPING_START", { receiverId: bob.id })).toEqual({});
    for (const device of [b, b2])
      expect(await typing(device, true)).toEqual({ userId: alice.id, conversationId, isTyping: true });
    expect(await a.must("TYPING_STOP", { conversationId })).toEqual({});
    for (const device of [b, b2])
      expect(await typing(device, false)).toEqual({ userId: alice.id, conversationId, isTyping: false });
    expect(a.events.all("USER_TYPING")).toEqual([]);
  });

  test("ends by itself 5 s after the last start", async () => {
    const { a, b, conversationId } = await pair();
    await a.must("TYPING_START", { conversationId });
    const began = performance.now();
    await typing(b, true);
    await typing(b, false, 8_000);
    const lasted = performance.now() - began;
    expect(lasted).toBeGreaterThan(4_500);
    expect(lasted).toBeLessThan(7_000);
  });

  test("ends when its only device disconnects", async () => {
    const { a, b, conversationId } = await pair();
    await a.must("TYPING_START", { conversationId });
    await typing(b, true);
    await a.close();
    await typing(b, false, 2_000);
  });

  test("ends with the message, and is not repeated by it", async () => {
    const { a, b, conversationId } = await pair();
    await a.must("TYPING_START", { conversationId });
    await typing(b, true);
    await a.must("NEW_MESSAGE", { conversationId, content: "done" });
    await typing(b, false, 2_000);
    await a.must("NEW_MESSAGE", { conversationId, content: "and more" });
    await b.events.next("NEW_MESSAGE", (message: { content: string }) => message.content === "and more");
    expect(b.events.all("USER_TYPING")).toHaveLength(2);
  });

  test("in a group reaches all other members, and no one else", async () => {
    const [alice, bob, carol, eve] = await on.people("Alice", "Bob", "Carol", "Eve");
    const group = await on.group(alice, bob, carol);
    const [a, b, c, e] = await Promise.all([
      on.device(alice, 0),
      on.device(bob, 1),
      on.device(carol, 0),
      on.device(eve, 1),
    ]);
    await a.must("TYPING_START", { conversationId: group });
    for (const device of [b, c])
      expect(await typing(device, true)).toEqual({ userId: alice.id, conversationId: group, isTyping: true });
    await on.settled({ account: eve, client: e });
    expect(mentionsOf(e, group)).toEqual([]);
  });

  test("in a conversation of others is NOT_FOUND, and nobody is told", async () => {
    const { a, b, bob, conversationId } = await pair();
    const [eve] = await on.people("Eve");
    const e = await on.device(eve, 0);
    for (const event of ["TYPING_START", "TYPING_STOP"])
      expect(await e.emit(event, { conversationId })).toMatchObject({
        ok: false,
        error: { code: "NOT_FOUND" },
      });
    expect(await e.emit("TYPING_START", {})).toMatchObject({ error: { code: "VALIDATION_FAILED" } });
    await on.settled({ account: bob, client: b });
    for (const device of [a, b]) expect(device.events.all("USER_TYPING")).toEqual([]);
  });

  test("of somebody who was removed reaches nobody any more, nor reaches them others'", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const group = await on.group(alice, bob, carol);
    const [a, b, c] = await Promise.all([on.device(alice, 0), on.device(bob, 1), on.device(carol, 0)]);
    await b.must("TYPING_START", { conversationId: group });
    await typing(c, true);
    expect((await on.rest(alice).delete(`/conversations/${group}/participants/${bob.id}`)).status).toBe(204);
    const before = b.events.all("USER_TYPING").length;
    expect(await b.emit("TYPING_START", { conversationId: group })).toMatchObject({
      error: { code: "NOT_FOUND" },
    });
    await a.must("TYPING_START", { conversationId: group });
    expect(await typing(c, true)).toMatchObject({ userId: alice.id });
    await on.settled({ account: bob, client: b });
    expect(b.events.all("USER_TYPING")).toHaveLength(before);
  });
});
