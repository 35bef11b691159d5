/** What is pushed, with the real statements, tasks, queue and firebase-admin. Nobody is connected, and there is no Redis. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { deleteMessage } from "../store/change-message.ts";
import { readConversations, updateNotificationSettings } from "../store/conversations.ts";
import { deleteOldDevices, upsertDevice } from "../store/devices.ts";
import { endParticipation } from "../store/participants.ts";
import { movePointers } from "../store/pointers.ts";
import { pausePushes, takePushQuota } from "../store/push-scan.ts";
import { fcmError } from "../testing/fcm/faults.ts";
import { type PushStage, startPushStage } from "../testing/fcm/push-stage.ts";
import { tokenOf } from "../testing/fcm/token.ts";

let stage: PushStage;
beforeAll(async () => {
  stage = await startPushStage();
});
afterEach(async () => {
  stage.google.state.fault = undefined;
  stage.google.unregistered.clear();
  await stage.sql`update push_quota set paused_until = now(), tokens = 0, counted_at = now()`;
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** Ann writes to Bob, who has a device of each platform. */
async function annAndBob() {
  const [ann, bob] = (await addUsers(stage.sql, 2)) as [string, string];
  const conversationId = await addDirect(stage.sql, ann, bob);
  const android = await stage.device(bob, "android");
  const ios = await stage.device(bob, "ios", { platform: "ios", language: "fr-CA" });
  const web = await stage.device(bob, "web", { platform: "web", language: "xx" });
  const screens = [android, ios, web].map((token) => stage.screen(token));
  return { ann, bob, conversationId, android, ios, web, screens };
}

const read = (userId: string, conversationId: string, seq: number) =>
  movePointers(stage.sql, [{ conversationId, userId, seq, read: true }]);

async function unread(userId: string): Promise<number> {
  const rows = await readConversations(stage.sql, userId, { limit: 100 });
  return rows.reduce((sum, row) => sum + row.unread, 0);
}

const visible = (token: string) => stage.screen(token).received.filter((entry) => entry.visible);

describe("a message that nobody confirmed", () => {
  test("is told once on every device, in its language, with the whole number; the sender gets nothing", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob();
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
    const { ann, bob, conversationId, screens } = await annAndBob();
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
    const { ann, bob, conversationId, screens } = await annAndBob();
    await sendOne(stage.sql, ann, conversationId);
    await movePointers(stage.sql, [{ conversationId, userId: bob, seq: 1, read: false }]);
    await stage.tick();
    const { id } = await sendOne(stage.sql, ann, conversationId);
    await deleteMessage(stage.sql, { messageId: id, userId: ann });
    await stage.tick();
    await sendOne(stage.sql, ann, conversationId);
    await read(bob, conversationId, 3);
    await stage.tick();
    await sendOne(stage.sql, ann, conversationId);
    await stage.sql`update messages set created_at = now() - interval '25 hours' where conversation_id = ${conversationId}`;
    await stage.tick();
    for (const screen of screens) expect(screen.received).toEqual([]);
  });

  test("encrypted or to be hidden: nothing of what was written leaves the house", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob();
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
    const { ann, bob, conversationId, screens } = await annAndBob();
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
    expect(visible(token)).toHaveLength(0);
    for (const word of ["bobbuilder", "Bob.Builder", bob, "all"]) {
      await sendOne(stage.sql, ann, group, mention(word));
      await sendOne(stage.sql, ann, group, { content: "something else" });
      await stage.tick();
      expect(visible(token).at(-1)?.message.notification?.body).toBe(`Hi @${word}`);
    }
    expect(visible(token)).toHaveLength(4);
    expect(stage.screen(token).badge).toBe(9);
  });
});

describe("what was read elsewhere", () => {
  test("leaves the other devices' screens and numbers, in silence", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob();
    const group = await addGroup(stage.sql, [ann, bob]);
    await sendOne(stage.sql, ann, conversationId);
    await sendOne(stage.sql, ann, group);
    await stage.tick();
    await read(bob, conversationId, 1);
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
    const { ann, bob, conversationId, screens } = await annAndBob();
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

describe("devices", () => {
  const row = (userId: string, pushToken: string, deviceId: string | null = null) => ({
    userId,
    pushToken,
    platform: "ios",
    appVersion: "2.1",
    language: "en",
    deviceId,
  });

  test("a token that moves leaves its first user, whose notifications it does not take along", async () => {
    const { ann, bob, conversationId, android } = await annAndBob();
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    const [carol] = (await addUsers(stage.sql, 1)) as [string];
    await upsertDevice(stage.sql, row(carol, android));
    const before = stage.screen(android).received.length;
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    expect(stage.screen(android).received).toHaveLength(before);
    const rows = await stage.sql`select * from push_shown where device_id =
      (select id from devices where push_token = ${android})`;
    expect(rows).toHaveLength(0);
    expect(await stage.sql`select badge from devices where user_id = ${carol}`).toEqual([{ badge: null }]);
    expect(await stage.sql`select count(*)::int as n from devices where user_id = ${bob}`).toEqual([
      { n: 2 },
    ]);
  });

  test("a device with a new token keeps only that; another user's of the same name stays", async () => {
    const [ann, bob] = (await addUsers(stage.sql, 2)) as [string, string];
    await upsertDevice(stage.sql, row(ann, tokenOf("old"), "phone"));
    await upsertDevice(stage.sql, row(bob, tokenOf("his"), "phone"));
    await upsertDevice(stage.sql, row(ann, tokenOf("new"), "phone"));
    await upsertDevice(stage.sql, row(ann, tokenOf("other")));
    const rows = await stage.sql<{ token: string }[]>`select push_token as token from devices
      where user_id in (${ann}, ${bob}) order by 1`;
    expect(rows.map((device) => device.token)).toEqual(["his", "new", "other"].map(tokenOf));
  });

  test("those that have not registered for 60 days are forgotten", async () => {
    const { bob, android } = await annAndBob();
    await stage.sql`update devices set last_seen_at = now() - interval '61 days' where push_token = ${android}`;
    await stage.sql`update devices set last_seen_at = now() - interval '59 days' where user_id = ${bob} and platform = 'ios'`;
    expect(await deleteOldDevices(stage.sql, 60, 100)).toBe(1);
    expect(await stage.sql`select count(*)::int as n from devices where user_id = ${bob}`).toEqual([
      { n: 2 },
    ]);
  });

  test("a token that Firebase calls unregistered or invalid is forgotten, for no other error", async () => {
    const { ann, bob, conversationId, android, ios, web } = await annAndBob();
    stage.google.unregistered.add(android);
    const invalid = tokenOf("x").slice(0, 5);
    await upsertDevice(stage.sql, row(bob, invalid));
    stage.google.state.fault = (message) => {
      if (message.token === ios) return fcmError("SENDER_ID_MISMATCH");
      if (message.token === web) return fcmError("THIRD_PARTY_AUTH_ERROR");
      return undefined;
    };
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    const rows = await stage.sql<
      { token: string }[]
    >`select push_token as token from devices where user_id = ${bob}`;
    expect(rows.map((device) => device.token).sort()).toEqual([ios, web].sort());
  });
});

describe("Firebase in trouble", () => {
  test.each(["QUOTA_EXCEEDED", "INTERNAL"] as const)(
    "%s: only who failed is tried again, later",
    async (code) => {
      const { ann, conversationId, android, ios, screens } = await annAndBob();
      stage.google.state.fault = (message) => (message.token === ios ? fcmError(code) : undefined);
      await sendOne(stage.sql, ann, conversationId);
      await stage.tick();
      expect(visible(android)).toHaveLength(1);
      expect(visible(ios)).toHaveLength(0);
      await stage.work();
      expect(visible(ios)).toHaveLength(0);
      stage.google.state.fault = undefined;
      await stage.later();
      expect(screens.map((screen) => screen.received.length)).toEqual([1, 1, 1]);
      expect(await stage.waiting()).toBe(0);
    },
  );

  test("Retry-After is waited for, and what was read meanwhile is not told", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob();
    stage.google.state.fault = () => fcmError("QUOTA_EXCEEDED", { retryAfter: 300 });
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    const [job] = await stage.sql<{ wait: number }[]>`
      select extract(epoch from run_at - now())::float8 as wait from graphile_worker.jobs`;
    expect(job?.wait).toBeGreaterThan(290);
    expect(job?.wait).toBeLessThan(305);
    stage.google.state.fault = undefined;
    await read(bob, conversationId, 1);
    await stage.later();
    for (const screen of screens) expect(screen.received).toEqual([]);
    expect(await stage.waiting()).toBe(0);
  });

  test("when nearly all is refused for now, everybody waits as long as it says", async () => {
    const [ann, ...others] = (await addUsers(stage.sql, 80)) as [string, ...string[]];
    const group = await addGroup(stage.sql, [ann, ...others]);
    const tokens = await Promise.all(others.map((user) => stage.device(user, "phone")));
    stage.google.state.fault = () => fcmError("QUOTA_EXCEEDED", { retryAfter: 60 });
    await sendOne(stage.sql, ann, group);
    await stage.tick();
    expect(await takePushQuota(stage.sql, 1, 0)).toBeGreaterThan(0);
    await stage.sql`update push_quota set paused_until = now()`;
    stage.google.state.fault = undefined;
    await stage.later();
    expect(tokens.map((token) => visible(token).length)).toEqual(tokens.map(() => 1));
  });

  test("tokens taken back and a revoked key: nothing is lost", async () => {
    const { ann, conversationId, screens } = await annAndBob();
    stage.google.oauth.revokeTokens();
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    await stage.later();
    for (const screen of screens) expect(screen.received).toHaveLength(1);
  });
});

test("the quota: a second's worth at once, then as it refills; a pause stops all", async () => {
  await stage.sql`update push_quota set tokens = 0, counted_at = now() - interval '10 s'`;
  expect(await takePushQuota(stage.sql, 500, 6000)).toBe(0); // 100 were there: 400 are owed
  const wait = await takePushQuota(stage.sql, 1, 6000);
  expect(wait).toBeGreaterThan(3500);
  expect(wait).toBeLessThanOrEqual(4050);
  await pausePushes(stage.sql, 60_000);
  await pausePushes(stage.sql, 1000);
  expect(await takePushQuota(stage.sql, 1, 0)).toBeGreaterThan(55_000);
});
