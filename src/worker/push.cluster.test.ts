/** Who is pushed to, on the real platform: gateways, worker, Redis, and firebase-admin in the worker's own process. */
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import type { Account } from "../testing/client/account.ts";
import { connect, type TestClient } from "../testing/client/connect.ts";
import { PUSH_DELAY, pushPlatform } from "../testing/fcm/push-platform.ts";
import { visible } from "../testing/fcm/screens.ts";
import { tokenOf } from "../testing/fcm/token.ts";

const on = pushPlatform();
const { person, phone, rest, send } = on;

async function online(who: Account, deviceId: string, gateway = 0): Promise<TestClient> {
  const client = await connect({ url: on.url(gateway), token: who.token, deviceId });
  onTestFinished(() => client.close());
  await client.events.next("CONNECTION_SUCCESS");
  await delay(300); // its presence is written in batches
  return client;
}

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 15_000, interval: 50 });
/** Long enough for a push that should not be to have come. */
const quiet = () => delay(PUSH_DELAY + 1500);

describe("who is pushed to", () => {
  test("a device that is not connected is, once it had its time to confirm; one that is in use and confirms is not", async () => {
    const [ann, bob] = [await person("Ann"), await person("Bob")];
    const laptop = await phone(bob, "laptop", { deviceId: "laptop" });
    const mobile = await phone(bob, "mobile", { deviceId: "mobile", platform: "ios" });
    const client = await online(bob, "laptop");
    const before = Date.now();
    const { seq, conversationId, id } = await send(ann, bob);
    await client.must("MESSAGE_DELIVERED", { conversationId, seq });
    await soon(() => expect(mobile.notifications.get(conversationId)?.messageId).toBe(id));
    expect((mobile.received[0]?.at ?? 0) - before).toBeGreaterThanOrEqual(PUSH_DELAY);
    await quiet();
    expect(laptop.received).toEqual([]);
    // Read on the one, it leaves the other.
    await client.must("MESSAGE_READ", { conversationId, seq });
    await soon(() => expect(mobile).toMatchObject({ notifications: new Map(), badge: 0 }));
    expect(visible(mobile)).toHaveLength(1);
    expect(laptop.received).toEqual([]);
  });

  test("never a device that is connected and in use, confirmed or not; but when it goes without confirming, it is", async () => {
    const [ann, bob] = [await person("Ann"), await person("Bob")];
    const screen = await phone(bob, "phone", { deviceId: "phone" });
    const client = await online(bob, "phone", 1);
    const { id, conversationId } = await send(ann, bob);
    await quiet();
    expect(screen.received).toEqual([]);
    await client.close();
    await soon(() => expect(screen.notifications.get(conversationId)?.messageId).toBe(id));
  });

  test("a device that does not say which it is counts as connected while its user's only one is", async () => {
    const [ann, bob] = [await person("Ann"), await person("Bob")];
    const screen = await phone(bob, "phone");
    const client = await online(bob, "a-browser");
    const { conversationId, seq } = await send(ann, bob);
    await client.must("MESSAGE_DELIVERED", { conversationId, seq });
    await quiet();
    expect(screen.received).toEqual([]);
    await client.close();
    await delay(600);
    const { id } = await send(ann, bob);
    await soon(() => expect(screen.notifications.get(conversationId)?.messageId).toBe(id));
  });

  test("who unregistered is not, nor whose token moved to another", async () => {
    const [ann, bob, carol] = [await person("Ann"), await person("Bob"), await person("Carol")];
    const shared = await phone(bob, "shared");
    const deviceToken = tokenOf(`shared-${bob.id}`);
    await rest(carol).post("/users/fcm/register", { deviceToken });
    const own = await phone(bob, "own");
    await rest(bob).post("/users/fcm/unregister", { deviceToken: tokenOf(`own-${bob.id}`) });
    await send(ann, bob);
    const { conversationId } = await send(ann, carol);
    await soon(() => expect([...shared.notifications.keys()]).toEqual([conversationId]));
    expect(own.received).toEqual([]);
    expect(visible(shared)).toHaveLength(1);
  });
});
