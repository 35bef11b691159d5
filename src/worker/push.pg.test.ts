/** What is pushed, with the real statements, tasks, queue and firebase-admin. Nobody is connected, and there is no Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { deleteMessage } from "../store/change-message.ts";
import { readConversations, updateNotificationSettings } from "../store/conversations.ts";
import { endParticipation } from "../store/participants.ts";
import { movePointers } from "../store/pointers.ts";
import { annAndBob, type PushStage, startPushStage } from "../testing/fcm/push-stage.ts";
import { visible } from "../testing/fcm/screens.ts";

let stage: PushStage;
beforeAll(async () => {
  stage = await startPushStage();
});
afterEach(() => stage.recover());
afterAll(() => stage?.[Symbol.asyncDispose]());

async function unread(userId: string): Promise<number> {
  const rows = await readConversations(stage.sql, userId, { limit: 100 });
  return rows.reduce((sum, row) => sum + row.unread, 0);
}

describe("a message that nobody confirmed", () => {
  test("is told once on every device, in its language, with the whole number; the sender gets nothing", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    const sender = await stage.device(ann, "own");
    const first = await sendOne(stage.sql, ann, conversationId, { content: "Hello Bob" });
    const second = await sendOne(stage.sql, ann, conversationId, { content: "Are you there?" });
    await stage.tick();
    await stage.tick();
    for (const screen of screens) {
      expect(screen.received).toHaveLength(1);
      expect(screen.badge).toBe(2);
      expect(screen.notifications.get(conversationId)).toMatchObject({
        messageId: second.id,
        body: "Are you there?",
      });
      expect(screen.received[0]?.message.data).toMatchObject({
        type: "new_message",
        messageId: second.id,
        conversationId,
        senderName: `User ${ann}`,
        clickAction: "/messages",
      });
    }
    expect(screens.map((screen) => screen.notifications.get(conversationId)?.title)).toEqual([
      `New message from User ${ann}`,
      `Nouveau message de User ${ann}`,
      `New message from User ${ann}`,
    ]);
    expect(stage.screen(sender).received).toEqual([]);
    expect(await unread(bob)).toBe(2);
    expect(first.seq).toBe(1);
    expect(await stage.waiting()).toBe(0);
  });

  test("one notification for each conversation, each replacing the one before", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    const group = await addGroup(stage.sql, [ann, bob]);
    for (let i = 0; i < 3; i++) {
      await sendOne(stage.sql, ann, conversationId);
      await sendOne(stage.sql, ann, group);
      await stage.tick();
    }
    for (const screen of screens) {
      expect([...screen.notifications.keys()].sort()).toEqual([conversationId, group].sort());
      expect(screen.received).toHaveLength(6);
      expect(screen.badge).toBe(6);
    }
    const message = screens[0]?.received.at(-1)?.message;
    expect(message?.android).toMatchObject({
      priority: "high",
      ttl: expect.stringMatching(/^8\d{4}(\.\d+)?s$/),
    });
    expect(screens[0]?.notifications.get(group)?.title).toBe(`User ${ann} in A group`);
  });

  test("not what was confirmed, read, deleted, or older than PUSH_TTL", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    await sendOne(stage.sql, ann, conversationId);
    await movePointers(stage.sql, [{ conversationId, userId: bob, seq: 1, read: false }]);
    await stage.tick();
    const { id } = await sendOne(stage.sql, ann, conversationId);
    await deleteMessage(stage.sql, { messageId: id, userId: ann });
    await stage.tick();
    await sendOne(stage.sql, ann, conversationId);
    await stage.read(bob, conversationId, 3);
    await stage.tick();
    await sendOne(stage.sql, ann, conversationId);
    await stage.sql`update messages set created_at = now() - interval '25 hours' where conversation_id = ${conversationId}`;
    await stage.tick();
    for (const screen of screens) expect(screen.received).toEqual([]);
  });

  test("encrypted or to be hidden: nothing of what was written leaves the house", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    await sendOne(stage.sql, ann, conversationId, {
      content: "c2VjcmV0",
      isEncrypted: true,
      encryptionKeyId: "k",
    });
    await stage.tick();
    await updateNotificationSettings(stage.sql, conversationId, bob, { hideContent: true });
    await sendOne(stage.sql, ann, conversationId, { content: "my secret" });
    await stage.tick();
    for (const screen of screens) {
      expect(screen.received).toHaveLength(2);
      expect(JSON.stringify(screen.received)).not.toMatch(/secret|c2VjcmV0/);
    }
    expect(screens[0]?.received.map((entry) => entry.message.notification?.body)).toEqual([
      "Encrypted message",
      "New message",
    ]);
    expect(screens[1]?.received[0]?.message.apns?.payload?.aps).toMatchObject({ "mutable-content": 1 });
  });
});

describe("settings", () => {
  const hour = 3_600_000;
  const clock = (offset: number) => new Date(Date.now() + offset).toISOString().slice(11, 16);
  test.each([
    ["muted", { mutedUntil: new Date(Date.now() + hour).toISOString() }, 0],
    ["muted until a while ago", { mutedUntil: new Date(Date.now() - hour).toISOString() }, 1],
    ["nothing at all", { level: "none" as const }, 0],
    ["do not disturb", { quietHours: { from: clock(-hour), to: clock(hour), timeZone: "UTC" } }, 0],
    [
      "do not disturb at another time",
      { quietHours: { from: clock(hour), to: clock(2 * hour), timeZone: "UTC" } },
      1,
    ],
    [
      "do not disturb in Tokyo",
      { quietHours: { from: clock(8 * hour), to: clock(10 * hour), timeZone: "Asia/Tokyo" } },
      0,
    ],
  ])("%s", async (_name, settings, expected) => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    await updateNotificationSettings(stage.sql, conversationId, bob, settings);
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    for (const screen of screens) expect(screen.received).toHaveLength(expected);
  });

  test("only mentions: by name, id or @all; and the message that is told is the one that mentions", async () => {
    const [ann, bob] = (await addUsers(stage.sql, 2)) as [string, string];
    await stage.sql`update users set name = 'Bob Builder' where id = ${bob}`;
    const group = await addGroup(stage.sql, [ann, bob]);
    const token = await stage.device(bob, "phone");
    await updateNotificationSettings(stage.sql, group, bob, { level: "mentions" });
    const mention = (word: string) => ({
      content: `Hi @${word}`,
      metadata: { mentions: [word], hashtags: [], urls: [] },
    });
    await sendOne(stage.sql, ann, group, mention("carol"));
    await stage.tick();
    expect(visible(stage.screen(token))).toHaveLength(0);
    for (const word of ["bobbuilder", "Bob.Builder", bob, "all"]) {
      await sendOne(stage.sql, ann, group, mention(word));
      await sendOne(stage.sql, ann, group, { content: "something else" });
      await stage.tick();
      expect(visible(stage.screen(token)).at(-1)?.message.notification?.body).toBe(`Hi @${word}`);
    }
    expect(visible(stage.screen(token))).toHaveLength(4);
    expect(stage.screen(token).badge).toBe(9);
  });
});

describe("what was read elsewhere", () => {
  test("leaves the other devices' screens and numbers, in silence", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    const group = await addGroup(stage.sql, [ann, bob]);
    await sendOne(stage.sql, ann, conversationId);
    await sendOne(stage.sql, ann, group);
    await stage.tick();
    await stage.read(bob, conversationId, 1);
    await stage.tick();
    for (const screen of screens) {
      expect([...screen.notifications.keys()]).toEqual([group]);
      expect(screen.badge).toBe(1);
      expect(screen.received.at(-1)?.visible).toBe(false);
    }
    await stage.tick();
    expect(screens[0]?.received).toHaveLength(3);
  });

  test("so does what was deleted, and a conversation that one was removed from", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    const group = await addGroup(stage.sql, [ann, bob]);
    const { id } = await sendOne(stage.sql, ann, conversationId);
    await sendOne(stage.sql, ann, group);
    await stage.tick();
    await deleteMessage(stage.sql, { messageId: id, userId: ann });
    await endParticipation(stage.sql, {
      conversationId: group,
      actorId: ann,
      userId: bob,
      status: "REMOVED",
    });
    await stage.tick();
    for (const screen of screens) expect(screen).toMatchObject({ notifications: new Map(), badge: 0 });
  });
});
