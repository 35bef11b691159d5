import { describe, expect, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import type { MessageSent, WireMessage } from "../../testing/client/wire.ts";
import { mentionsOf, stage } from "../../testing/contract/stage.ts";

const on = stage();
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

interface Moved {
  conversationId: string;
  userId: string;
  seq: number;
}

async function send(from: TestClient, receiver: Account, count: number): Promise<MessageSent[]> {
  const sent: MessageSent[] = [];
  for (let i = 1; i <= count; i++)
    sent.push(await from.must("NEW_MESSAGE", { receiverId: receiver.id, content: String(i) }));
  return sent;
}

async function statuses(account: Account, conversationId: string): Promise<string[]> {
  const page = await on.rest(account, 1).get<WireMessage[]>(`/messages/conversation/${conversationId}`);
  return page.body.toSorted((a, b) => a.seq - b.seq).map(({ status }) => status);
}

describe("MESSAGE_DELIVERED", () => {
  test("tells the sender's devices MESSAGE_DELIVERED_UPDATE, and REST says DELIVERED", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, a2, b] = [await on.device(alice, 0), await on.device(alice, 1), await on.device(bob, 1)];
    const [, second, third] = await send(a, bob, 3);
    const { conversationId } = third!;
    expect(await b.must("MESSAGE_DELIVERED", { conversationId, seq: second!.seq })).toEqual({});
    for (const device of [a, a2])
      expect(await device.events.next("MESSAGE_DELIVERED_UPDATE")).toEqual({
        conversationId,
        userId: bob.id,
        seq: 2,
        deliveredAt: expect.stringMatching(isoTime),
      });
    expect(await statuses(alice, conversationId)).toEqual(["DELIVERED", "DELIVERED", "SENT"]);
  });

  test("never goes back and never beyond the last message", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b, b2] = [await on.device(alice), await on.device(bob, 0), await on.device(bob, 1)];
    const [, , third] = await send(a, bob, 3);
    const { conversationId } = third!;
    await b.must("MESSAGE_DELIVERED", { conversationId, seq: 2 });
    expect(await a.events.next<Moved>("MESSAGE_DELIVERED_UPDATE")).toMatchObject({ seq: 2 });
    await b2.must("MESSAGE_DELIVERED", { conversationId, seq: 1 });
    await b2.must("MESSAGE_DELIVERED", { conversationId, seq: 1_000_000 });
    expect(await a.events.next<Moved>("MESSAGE_DELIVERED_UPDATE")).toMatchObject({ seq: 3 });
    await on.settled({ account: alice, client: a });
    expect(a.events.all<Moved>("MESSAGE_DELIVERED_UPDATE").map(({ seq }) => seq)).toEqual([2, 3]);
  });

  test("by a stranger moves nothing and tells nobody", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, b, e] = [await on.device(alice), await on.device(bob, 1), await on.device(eve)];
    const { conversationId } = (await send(a, bob, 1))[0]!;
    await e.emit("MESSAGE_DELIVERED", { conversationId, seq: 1 });
    // Written after the stranger's, by the same gateway's writer or later.
    await b.must("MESSAGE_READ", { conversationId, seq: 1 });
    await a.events.next("MESSAGE_READ_UPDATE");
    await on.settled({ account: alice, client: a }, { account: eve, client: e });
    const told = a.events.all<Moved>("MESSAGE_DELIVERED_UPDATE").map(({ userId }) => userId);
    expect(told.filter((userId) => userId !== bob.id)).toEqual([]);
    expect(mentionsOf(e, conversationId)).toEqual([]);
  });
});

describe("MESSAGE_READ", () => {
  test("by messageId tells the sender's devices and the reader's other ones MESSAGE_READ_UPDATE", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, a2] = [await on.device(alice, 0), await on.device(alice, 1)];
    const [b, b2] = [await on.device(bob, 1), await on.device(bob, 0)];
    const [, second] = await send(a, bob, 2);
    const { conversationId, dbMessageId: messageId } = second!;
    const update = {
      messageId,
      conversationId,
      seq: 2,
      userId: bob.id,
      readAt: expect.stringMatching(isoTime),
      timestamp: expect.stringMatching(isoTime),
    };
    const answer = await b.must("MESSAGE_READ", { messageId });
    expect(answer).toEqual(update);
    for (const device of [a, a2, b2]) expect(await device.events.next("MESSAGE_READ_UPDATE")).toEqual(answer);
    expect(await statuses(alice, conversationId)).toEqual(["READ", "READ"]);
    const list = await on.rest(bob).get("/conversations");
    expect(list.body[0]).toMatchObject({ id: conversationId, unreadCount: 0 });
    await on.settled({ account: bob, client: b });
    expect(b.events.all("MESSAGE_READ_UPDATE")).toEqual([]);
  });

  test("by conversationId and seq does the same; without a callback the answer comes as event", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice), await on.device(bob, 1)];
    const [first, second] = await send(a, bob, 3);
    const { conversationId } = first!;
    b.socket.emit("MESSAGE_READ", { conversationId, seq: 2 });
    const update = { conversationId, seq: 2, messageId: second!.dbMessageId, userId: bob.id };
    expect(await b.events.next("MESSAGE_READ_UPDATE")).toMatchObject(update);
    expect(await a.events.next("MESSAGE_READ_UPDATE")).toMatchObject(update);
    expect(await statuses(alice, conversationId)).toEqual(["READ", "READ", "SENT"]);
    const list = await on.rest(bob).get("/conversations");
    expect(list.body[0]).toMatchObject({ id: conversationId, unreadCount: 1 });
  });

  test("never goes back: an earlier seq, and the same again, tell nobody", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b, b2] = [await on.device(alice), await on.device(bob, 0), await on.device(bob, 1)];
    const [first, , third] = await send(a, bob, 3);
    const { conversationId } = third!;
    await b.must("MESSAGE_READ", { conversationId, seq: 3 });
    expect(await b2.must("MESSAGE_READ", { messageId: first!.dbMessageId })).toMatchObject({ seq: 3 });
    await b2.must("MESSAGE_READ", { conversationId, seq: 3 });
    await on.settled({ account: alice, client: a });
    expect(a.events.all<Moved>("MESSAGE_READ_UPDATE").map(({ seq }) => seq)).toEqual([3]);
    expect(await statuses(alice, conversationId)).toEqual(["READ", "READ", "READ"]);
  });

  test("in a group tells those who wrote what was read, and no others", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const group = await on.group(alice, bob, carol);
    const [a, b, c] = [await on.device(alice, 0), await on.device(bob, 1), await on.device(carol, 0)];
    await a.must("NEW_MESSAGE", { conversationId: group, content: "from Alice" });
    await b.must("MESSAGE_READ", { conversationId: group, seq: 1 });
    expect(await a.events.next("MESSAGE_READ_UPDATE")).toMatchObject({ userId: bob.id, seq: 1 });
    expect(await statuses(alice, group)).toEqual(["SENT"]); // Carol has it not yet
    await c.must("MESSAGE_READ", { conversationId: group, seq: 1 });
    expect(await a.events.next("MESSAGE_READ_UPDATE")).toMatchObject({ userId: carol.id, seq: 1 });
    expect(await statuses(alice, group)).toEqual(["READ"]);
    await on.settled({ account: carol, client: c }, { account: bob, client: b });
    for (const device of [b, c]) expect(device.events.all("MESSAGE_READ_UPDATE")).toEqual([]);
  });

  test("by a stranger is NOT_FOUND, in either form", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, e] = [await on.device(alice), await on.device(eve, 1)];
    const [first] = await send(a, bob, 1);
    const { conversationId, dbMessageId: messageId } = first!;
    for (const payload of [{ messageId }, { conversationId, seq: 1 }])
      expect(await e.emit("MESSAGE_READ", payload)).toMatchObject({
        ok: false,
        error: { code: "NOT_FOUND" },
      });
    for (const payload of [{}, { conversationId }, { conversationId, seq: -1 }, { messageId: 7 }])
      expect(await e.emit("MESSAGE_READ", payload)).toMatchObject({
        ok: false,
        error: { code: "VALIDATION_FAILED" },
      });
    expect(await statuses(alice, conversationId)).toEqual(["SENT"]);
  });
});
