import { describe, expect, onTestFinished, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import type { MessageSent, SyncAnswer } from "../../testing/client/wire.ts";
import { mentionsOf, messagesOf, stage } from "../../testing/contract/stage.ts";

const on = stage();

/** Alice owns a group with Bob and Carol; Alice and Carol are on gateway 0, Bob on gateway 1; Dave is not in it. */
async function scene() {
  const [alice, bob, carol, dave] = await on.people("Alice", "Bob", "Carol", "Dave");
  const group = await on.group(alice, bob, carol);
  const [a, b, c, d] = await Promise.all([
    on.device(alice, 0),
    on.device(bob, 1),
    on.device(carol, 0),
    on.device(dave, 1),
  ]);
  const participants = `/conversations/${group}/participants`;
  return { alice, bob, carol, dave, group, a, b, c, d, participants };
}

type Scene = Awaited<ReturnType<typeof scene>>;

function say(from: TestClient, group: string, content: string): Promise<MessageSent> {
  return from.must<MessageSent>("NEW_MESSAGE", { conversationId: group, content });
}

/** Nobody of the group's, and nothing of the group, by any way. */
async function expectNothingLeft({ group, participants }: Scene, who: Account, device: TestClient) {
  const nothing = { ok: false, error: { code: "NOT_FOUND" } };
  const conversationId = group;
  expect(await device.emit("NEW_MESSAGE", { conversationId, content: "x" })).toMatchObject(nothing);
  expect(await device.emit("MESSAGE_READ", { conversationId, seq: 1 })).toMatchObject(nothing);
  expect(await device.emit("TYPING_START", { conversationId })).toMatchObject(nothing);
  const answer = await device.must<SyncAnswer>("SYNC", { conversations: { [group]: 0 } });
  expect(answer.left).toEqual([group]);
  expect(answer.conversations.map(({ id }) => id)).not.toContain(group);
  const health = await device.must<{ versions: Record<string, number> }>("HEALTH_CHECK");
  expect(health.versions).not.toHaveProperty(group);
  for (const gateway of [0, 1]) {
    const rest = on.rest(who, gateway);
    for (const path of [`/conversations/${group}`, `/messages/conversation/${group}`])
      expect((await rest.get(path)).status).toBe(404);
    expect((await rest.post(participants, { participantIds: [who.id] })).status).toBe(404);
    expect(JSON.stringify((await rest.get("/conversations")).body)).not.toContain(group);
    const page = await rest.get("/messages/sync?lastMessageTimestamp=2000-01-01T00:00:00.000Z");
    expect(page.status).toBe(200);
    expect(JSON.stringify(page.body)).not.toContain(group);
  }
}

describe("participants", () => {
  test("a new group is told to each member by PARTICIPANT_ADDED, and its messages reach them at once", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const group = await on.group(alice, bob);
    expect(await b.events.next("PARTICIPANT_ADDED")).toMatchObject({
      conversationId: group,
      userId: bob.id,
      role: "MEMBER",
      by: alice.id,
    });
    expect(await a.events.next("PARTICIPANT_ADDED")).toMatchObject({ userId: alice.id, role: "OWNER" });
    await say(a, group, "welcome");
    expect(await b.events.next("NEW_MESSAGE")).toMatchObject({ conversationId: group, content: "welcome" });
  });

  test("who is added is told, as are the members, and gets what is said from then on", async () => {
    const { alice, bob, dave, group, a, b, c, d, participants } = await scene();
    expect((await on.rest(bob).post(participants, { participantIds: [dave.id] })).status).toBe(403);
    const answer = await on.rest(alice, 0).post(participants, { participantIds: [dave.id] });
    expect(answer.status).toBe(201);
    expect(answer.body.participants ?? answer.body).toHaveLength(4);
    for (const device of [b, c, d])
      expect(
        await device.events.next(
          "PARTICIPANT_ADDED",
          (event: { userId: string }) => event.userId === dave.id,
        ),
      ).toMatchObject({ conversationId: group, role: "MEMBER", by: alice.id });
    const sent = await say(b, group, "hello Dave");
    for (const device of [a, c, d])
      expect(await device.events.next("NEW_MESSAGE")).toMatchObject({ id: sent.dbMessageId });
    expect(await d.must("MESSAGE_READ", { messageId: sent.dbMessageId })).toMatchObject({ seq: sent.seq });
  });

  test("who leaves gets PARTICIPANT_REMOVED and nothing more; an owner must leave another owner", async () => {
    const all = await scene();
    const { alice, bob, carol, group, a, b, c, participants } = all;
    expect((await on.rest(alice).delete(`${participants}/${alice.id}`)).status).toBe(409);
    expect((await on.rest(bob, 1).delete(`${participants}/${bob.id}`)).status).toBe(204);
    for (const device of [a, b, c])
      expect(await device.events.next("PARTICIPANT_REMOVED")).toMatchObject({
        conversationId: group,
        userId: bob.id,
        status: "LEFT",
        by: bob.id,
      });
    await expectNothingLeft(all, bob, b);
    expect((await on.rest(alice).patch(`${participants}/${carol.id}`, { role: "OWNER" })).status).toBe(200);
    expect((await on.rest(alice).delete(`${participants}/${alice.id}`)).status).toBe(204);
    await say(c, group, "alone");
    await on.settled({ account: alice, client: a });
    expect(messagesOf(a, group)).toEqual([]);
  });

  test("roles: members change nothing, moderators remove members, admins rename, only owners delete", async () => {
    const { alice, bob, carol, dave, group, a, b, c, participants } = await scene();
    const as = (who: Account) => on.rest(who, 1);
    expect((await as(bob).delete(`${participants}/${carol.id}`)).status).toBe(403);
    expect((await as(bob).patch(`${participants}/${bob.id}`, { role: "OWNER" })).status).toBe(403);
    expect((await as(bob).patch(`/conversations/${group}`, { name: "Mine" })).status).toBe(403);
    expect((await as(dave).patch(`/conversations/${group}`, { name: "Mine" })).status).toBe(404);
    expect((await as(alice).patch(`${participants}/${bob.id}`, { role: "MODERATOR" })).body).toMatchObject({
      role: "MODERATOR",
    });
    expect((await as(bob).delete(`${participants}/${alice.id}`)).status).toBe(403);
    expect((await as(bob).patch(`/conversations/${group}`, { name: "Mine" })).status).toBe(403);
    expect((await as(alice).patch(`${participants}/${bob.id}`, { role: "ADMIN" })).status).toBe(200);
    const renamed = await as(bob).patch(`/conversations/${group}`, { name: "Ours" });
    expect(renamed.body).toMatchObject({ id: group, name: "Ours" });
    for (const device of [a, b, c])
      expect(
        await device.events.next("CONVERSATION_UPDATED", (event: { name?: string }) => event.name === "Ours"),
      ).toMatchObject({ conversationId: group, by: bob.id });
    expect((await as(bob).delete(`/conversations/${group}`)).status).toBe(403);
    expect((await as(alice).delete(`/conversations/${group}`)).status).toBe(204);
    expect(await c.emit("NEW_MESSAGE", { conversationId: group, content: "x" })).toMatchObject({
      error: { code: "NOT_FOUND" },
    });
  });

  test("who is muted sees all and may not write, until unmuted", async () => {
    const { alice, bob, group, a, b, participants } = await scene();
    expect((await on.rest(alice).patch(`${participants}/${bob.id}`, { status: "MUTED" })).status).toBe(200);
    expect(await b.emit("NEW_MESSAGE", { conversationId: group, content: "x" })).toMatchObject({
      ok: false,
      error: { code: "FORBIDDEN" },
    });
    await say(a, group, "listen");
    expect(await b.events.next("NEW_MESSAGE")).toMatchObject({ content: "listen" });
    await on.rest(alice).patch(`${participants}/${bob.id}`, { status: "ACTIVE" });
    await say(b, group, "thanks");
  });

  test("a direct conversation takes nobody in and lets nobody go", async () => {
    const { alice, bob, carol, a } = await scene();
    const { conversationId } = await a.must<MessageSent>("NEW_MESSAGE", {
      receiverId: bob.id,
      content: "hi",
    });
    const participants = `/conversations/${conversationId}/participants`;
    expect((await on.rest(alice).post(participants, { participantIds: [carol.id] })).status).toBe(403);
    expect((await on.rest(alice).delete(`${participants}/${bob.id}`)).status).toBe(403);
  });
});

describe("guarantee 5, only to those entitled", () => {
  test.each([
    ["removed", "the same gateway", 1],
    ["removed", "the other gateway", 0],
    ["banned", "the other gateway", 0],
  ])("who was %s by way of %s gets nothing more, live or by sync", async (what, _, gateway) => {
    const all = await scene();
    const { alice, bob, group, a, b, c, participants } = all;
    const b2 = await on.device(bob, 0);
    const first = await say(a, group, "with Bob");
    for (const device of [b, b2]) await device.events.next("NEW_MESSAGE");
    const rest = on.rest(alice, gateway);
    const answer =
      what === "banned"
        ? await rest.patch(`${participants}/${bob.id}`, { status: "BANNED" })
        : await rest.delete(`${participants}/${bob.id}`);
    expect(answer.status).toBe(204);
    // From the acknowledgement on.
    await Promise.all([say(a, group, "without Bob"), say(c, group, "really")]);
    const messageId = first.dbMessageId;
    await a.must("EDIT_MESSAGE", { messageId, content: "edited" });
    await c.must("ADD_REACTION", { messageId, emoji: "👍" });
    await c.must("MESSAGE_READ", { messageId });
    await a.must("DELETE_MESSAGE", { messageId });
    await on.rest(alice, 1).patch(`/conversations/${group}`, { name: "Secret" });
    await c.events.next("CONVERSATION_UPDATED");
    await on.settled({ account: bob, client: b }, { account: bob, client: b2 });
    for (const device of [b, b2]) {
      const told = mentionsOf(device, group);
      expect(told.filter((event) => event !== "PARTICIPANT_ADDED")).toEqual([
        "NEW_MESSAGE",
        "PARTICIPANT_REMOVED",
      ]);
      const nothing = { ok: false, error: { code: "NOT_FOUND" } };
      expect(await device.emit("ADD_REACTION", { messageId, emoji: "👍" })).toMatchObject(nothing);
      expect(await device.emit("DELETE_MESSAGE", { messageId })).toMatchObject(nothing);
      await expectNothingLeft(all, bob, device);
    }
    // A banned user stays out, a removed one may come back and then has it all.
    await on.rest(alice, 1).post(participants, { participantIds: [bob.id] });
    const again = await b.must<SyncAnswer>("SYNC", { conversations: {} });
    expect(again.joined.includes(group)).toBe(what !== "banned");
  });

  test("a device that connects after its user's removal joins nothing", async () => {
    const { alice, bob, group, a, c, participants } = await scene();
    await on.rest(alice).delete(`${participants}/${bob.id}`);
    const late = await on.device(bob, 0);
    await say(a, group, "x");
    await c.events.next("NEW_MESSAGE");
    await on.settled({ account: bob, client: late });
    expect(mentionsOf(late, group)).toEqual([]);
  });

  test("a gateway that hung while its user was removed hands nothing out when it goes on", async () => {
    const { alice, bob, group, a, b, c, participants } = await scene();
    on.gateway(1).pause();
    onTestFinished(() => on.gateway(1).resume());
    const began = performance.now();
    expect((await on.rest(alice, 0).delete(`${participants}/${bob.id}`)).status).toBe(204);
    expect(performance.now() - began).toBeLessThan(4_000); // it cannot be waited for for ever
    const sent = await say(a, group, "without Bob");
    await c.must("ADD_REACTION", { messageId: sent.dbMessageId, emoji: "👍" });
    on.gateway(1).resume();
    await on.settled({ account: bob, client: b });
    expect(mentionsOf(b, group).filter((event) => event !== "PARTICIPANT_ADDED")).toEqual([
      "PARTICIPANT_REMOVED",
    ]);
  });
});
