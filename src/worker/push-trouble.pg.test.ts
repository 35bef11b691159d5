/** Devices that come and go, and Firebase in trouble: with the real statements, tasks, queue and firebase-admin. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { deleteOldDevices, upsertDevice } from "../store/devices.ts";
import { pausePushes, takePushQuota } from "../store/push-scan.ts";
import { fcmError } from "../testing/fcm/faults.ts";
import { annAndBob, type PushStage, startPushStage } from "../testing/fcm/push-stage.ts";
import { visible } from "../testing/fcm/screens.ts";
import { tokenOf } from "../testing/fcm/token.ts";

let stage: PushStage;
beforeAll(async () => {
  stage = await startPushStage();
});
afterEach(() => stage.recover());
afterAll(() => stage?.[Symbol.asyncDispose]());

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
    const { ann, bob, conversationId, android } = await annAndBob(stage);
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
    const { bob, android } = await annAndBob(stage);
    await stage.sql`update devices set last_seen_at = now() - interval '61 days' where push_token = ${android}`;
    await stage.sql`update devices set last_seen_at = now() - interval '59 days' where user_id = ${bob} and platform = 'ios'`;
    expect(await deleteOldDevices(stage.sql, 60, 100)).toBe(1);
    expect(await stage.sql`select count(*)::int as n from devices where user_id = ${bob}`).toEqual([
      { n: 2 },
    ]);
  });

  test("a token that Firebase calls unregistered or invalid is forgotten, for no other error", async () => {
    const { ann, bob, conversationId, android, ios, web } = await annAndBob(stage);
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
      const { ann, conversationId, android, ios, screens } = await annAndBob(stage);
      stage.google.state.fault = (message) => (message.token === ios ? fcmError(code) : undefined);
      await sendOne(stage.sql, ann, conversationId);
      await stage.tick();
      expect(visible(stage.screen(android))).toHaveLength(1);
      expect(visible(stage.screen(ios))).toHaveLength(0);
      await stage.work();
      expect(visible(stage.screen(ios))).toHaveLength(0);
      stage.google.state.fault = undefined;
      await stage.later();
      expect(screens.map((screen) => screen.received.length)).toEqual([1, 1, 1]);
      expect(await stage.waiting()).toBe(0);
    },
  );

  test("Retry-After is waited for, and what was read meanwhile is not told", async () => {
    const { ann, bob, conversationId, screens } = await annAndBob(stage);
    stage.google.state.fault = () => fcmError("QUOTA_EXCEEDED", { retryAfter: 300 });
    await sendOne(stage.sql, ann, conversationId);
    await stage.tick();
    const [job] = await stage.sql<{ wait: number }[]>`
      select extract(epoch from run_at - now())::float8 as wait from graphile_worker.jobs`;
    expect(job?.wait).toBeGreaterThan(290);
    expect(job?.wait).toBeLessThan(305);
    stage.google.state.fault = undefined;
    await stage.read(bob, conversationId, 1);
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
    expect(tokens.map((token) => visible(stage.screen(token)).length)).toEqual(tokens.map(() => 1));
  });

  test("tokens taken back and a revoked key: nothing is lost", async () => {
    const { ann, conversationId, screens } = await annAndBob(stage);
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
