import { expect, test } from "vitest";
import type { MessageSent, WireMessage } from "../../testing/client/wire.ts";
import { mentionsOf, messagesOf, stage } from "../../testing/contract/stage.ts";

const on = stage({ env: { REDIS_ADAPTER: "sharded" } });

test("with REDIS_ADAPTER=sharded a direct message reaches every other device of both, once, tempId the sender's only", async () => {
  const [alice, bob] = await on.people("Alice", "Bob");
  const phone = await on.device(alice, 0);
  const others = [await on.device(alice, 0), await on.device(alice, 1)];
  const theirs = [await on.device(bob, 0), await on.device(bob, 1)];
  const sent = await phone.must<MessageSent>("NEW_MESSAGE", {
    receiverId: bob.id,
    content: "hello",
    tempId: "t1",
  });
  for (const device of others)
    expect(await device.events.next("NEW_MESSAGE")).toMatchObject({ id: sent.dbMessageId, tempId: "t1" });
  for (const device of theirs) {
    const message = await device.events.next<WireMessage>("NEW_MESSAGE");
    expect(message).toMatchObject({ id: sent.dbMessageId, content: "hello" });
    expect(message).not.toHaveProperty("tempId");
  }
  await on.settled(
    { account: alice, client: phone },
    { account: alice, client: others[1]! },
    { account: bob, client: theirs[0]! },
    { account: bob, client: theirs[1]! },
  );
  expect(messagesOf(phone, sent.conversationId)).toEqual([]);
  for (const device of [...others, ...theirs])
    expect(messagesOf(device, sent.conversationId)).toHaveLength(1);
});

test("with REDIS_ADAPTER=sharded a group's messages, edits and reactions reach its members, in order, and no one else", async () => {
  const [alice, bob, carol, eve] = await on.people("Alice", "Bob", "Carol", "Eve");
  const group = await on.group(alice, bob, carol);
  const [a, b, c, e] = await Promise.all([
    on.device(alice, 0),
    on.device(bob, 1),
    on.device(carol, 1),
    on.device(eve, 1),
  ]);
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      a.must<MessageSent>("NEW_MESSAGE", { conversationId: group, content: String(i) }),
    ),
  );
  const messageId = sent[0]!.dbMessageId;
  await b.must("ADD_REACTION", { messageId, emoji: "👍" });
  await a.must("EDIT_MESSAGE", { messageId, content: "edited" });
  for (const device of [b, c]) {
    await device.events.next("MESSAGE_EDITED");
    expect(messagesOf(device, group).map(({ seq }) => seq)).toEqual(sent.map(({ seq }) => seq));
  }
  for (const device of [a, c])
    expect(await device.events.next("REACTION_ADDED")).toMatchObject({ messageId, count: 1 });
  const path = `/conversations/${group}/participants/${carol.id}`;
  expect((await on.rest(alice, 0).delete(path)).status).toBe(204);
  await c.events.next("PARTICIPANT_REMOVED");
  const told = mentionsOf(c, group).length;
  await a.must("NEW_MESSAGE", { conversationId: group, content: "without Carol" });
  await b.events.next("NEW_MESSAGE", (message: WireMessage) => message.content === "without Carol");
  await on.settled({ account: carol, client: c }, { account: eve, client: e });
  expect(mentionsOf(c, group)).toHaveLength(told);
  expect(mentionsOf(e, group)).toEqual([]);
});

test("with REDIS_ADAPTER=sharded a device that connects on the other gateway ends its first connection", async () => {
  const [alice] = await on.people("Alice");
  const old = await on.device(alice, 0, { deviceId: "phone" });
  const renewed = await on.device(alice, 1, { deviceId: "phone" });
  expect(await old.events.next("FORCE_DISCONNECT")).toMatchObject({ reason: "DUPLICATE_CONNECTION" });
  await on.settled({ account: alice, client: renewed });
  expect(renewed.socket.connected).toBe(true);
});

test("with REDIS_ADAPTER=sharded delivery is back by itself after Redis was restarted empty", async () => {
  const [alice, bob] = await on.people("Alice", "Bob");
  const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
  await a.must("NEW_MESSAGE", { receiverId: bob.id, content: "before" });
  await b.events.next("NEW_MESSAGE");
  await on.platform.redis?.restartEmpty();
  const heard = b.events.next<WireMessage>("NEW_MESSAGE", () => true, 10_000).then(() => true);
  await expect
    .poll(
      async () => {
        await a.must("NEW_MESSAGE", { receiverId: bob.id, content: "after" });
        return Promise.race([heard, new Promise((resolve) => setTimeout(resolve, 100, false))]);
      },
      { timeout: 8_000, interval: 100 },
    )
    .toBe(true);
});
