/** Push on the real platform: gateways, worker, Redis, and firebase-admin in the worker's own process. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import type { Account } from "../testing/client/account.ts";
import { register } from "../testing/client/account.ts";
import { type Api, api } from "../testing/client/api.ts";
import { connect, type TestClient } from "../testing/client/connect.ts";
import type { Screen } from "../testing/fcm/screens.ts";
import { type FcmServer, startFcm } from "../testing/fcm/server.ts";
import { tokenOf } from "../testing/fcm/token.ts";
import { type Platform, startPlatform } from "../testing/platform/platform.ts";

/** How often the worker is killed: 50 for the whole proof. */
const KILLS = Number(process.env.PUSH_KILLS ?? 5);
/** Short, so that tests need not wait; the rest is as in operation. */
const PUSH_DELAY = 700;

let google: FcmServer;
let platform: Platform;
let folder: string;
let account: ReturnType<FcmServer["oauth"]["createKey"]>;
beforeAll(async () => {
  google = await startFcm();
  folder = await mkdtemp(join(tmpdir(), "push-"));
  account = google.oauth.createKey();
  await writeFile(join(folder, "service-account.json"), JSON.stringify(account));
  platform = await startPlatform({
    gateways: 2,
    env: {
      ...google.env,
      FCM_CREDENTIALS_PATH: folder,
      PUSH_DELAY: String(PUSH_DELAY),
      PUSH_INTERVAL: "200",
      PRESENCE_GRACE: "300",
    },
  });
});
beforeEach(() => {
  google.state.latency = 0;
  google.state.fault = undefined;
});
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await google?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true });
});

const url = (gateway = 0) => platform.gateways[gateway]?.url ?? "";
const rest = (who: Account): Api => api(url(), who.token);

async function person(name: string): Promise<Account> {
  return register(url(), { name });
}

/** Registers a push device as an app does; answers what it shows. */
async function phone(who: Account, name: string, more: object = {}): Promise<Screen> {
  const deviceToken = tokenOf(`${name}-${who.id}`);
  const answer = await rest(who).post("/users/fcm/register", { deviceToken, platform: "android", ...more });
  expect(answer).toMatchObject({ status: 200, body: { id: who.id } });
  return google.screens.of(deviceToken);
}

async function online(who: Account, deviceId: string, gateway = 0): Promise<TestClient> {
  const client = await connect({ url: url(gateway), token: who.token, deviceId });
  onTestFinished(() => client.close());
  await client.events.next("CONNECTION_SUCCESS");
  await delay(300); // its presence is written in batches
  return client;
}

interface Sent {
  id: string;
  conversationId: string;
  seq: number;
}
async function send(from: Account, to: Account, content = "hello"): Promise<Sent> {
  const answer = await rest(from).post<Sent>("/messages", { receiverId: to.id, content });
  expect(answer.status).toBe(201);
  return answer.body;
}

const soon = <T>(check: () => T) => vi.waitFor(check, { timeout: 15_000, interval: 50 });
/** Long enough for a push that should not be to have come. */
const quiet = () => delay(PUSH_DELAY + 1500);
const visible = (screen: Screen) => screen.received.filter((entry) => entry.visible);

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

/** People with a phone each, none of them connected, and how one writes to all of them. */
async function crowd(size: number) {
  const ann = await person("Ann");
  const people = await Promise.all(Array.from({ length: size }, (_, i) => person(`Reader ${i}`)));
  const screens = await Promise.all(people.map((who) => phone(who, "phone")));
  const last = new Map<Screen, string>();
  let rounds = 0;
  return {
    screens,
    async write(): Promise<void> {
      rounds++;
      await Promise.all(
        people.map(async (who, i) => {
          const { id } = await send(ann, who, `round ${rounds}`);
          last.set(screens[i] as Screen, id);
        }),
      );
    },
    /** Every device shows the last message, with all that is unread on the icon. */
    async allArrived(): Promise<void> {
      await vi.waitFor(
        () => {
          const missing = screens.filter(
            (screen) =>
              [...screen.notifications.values()][0]?.messageId !== last.get(screen) ||
              screen.badge !== rounds,
          );
          expect(missing.length).toBe(0);
        },
        { timeout: 60_000, interval: 100 },
      );
    },
    /** How often a message was told twice to a device; each time with the tag that replaces the first. */
    repeats(): number {
      let repeats = 0;
      for (const screen of screens) {
        const ids = visible(screen).map((entry) => entry.message.data?.messageId);
        repeats += ids.length - new Set(ids).size;
        const tags = new Set(visible(screen).map((entry) => entry.message.android?.notification?.tag));
        const keys = new Set(visible(screen).map((entry) => entry.message.android?.collapse_key));
        expect([tags.size, keys.size, screen.notifications.size]).toEqual([1, 1, 1]);
      }
      return repeats;
    },
  };
}

test(`the worker is killed ${KILLS} times at random: every push arrives, and a repeated one replaces the first`, {
  timeout: 60_000 + KILLS * 20_000,
}, async () => {
  const worker = platform.worker;
  if (!worker) throw new Error("no worker");
  const { write, allArrived, repeats, screens } = await crowd(30);
  google.state.latency = 150;
  for (let kill = 0; kill < KILLS; kill++) {
    await write();
    const before = google.state.requests;
    // Every other one in the middle of a batch: when some of it, and not all, has been accepted.
    if (kill % 2 === 0)
      await vi.waitFor(() => expect(google.state.requests).toBeGreaterThan(before), {
        timeout: 30_000,
        interval: 5,
      });
    await delay(Math.random() * (kill % 2 === 0 ? 150 : 1500));
    await worker.kill();
    await worker.start();
    // Else the next message would be told of instead, and hide what was lost or doubled of this one.
    if (kill % 5 === 4) await allArrived();
  }
  await allArrived();
  const told = screens.reduce((sum, screen) => sum + visible(screen).length, 0);
  process.stdout.write(
    `${KILLS} kills: ${told} notifications on ${screens.length} devices, ${repeats()} of them repeated\n`,
  );
});

test("the secret rotates under load: nothing is lost, and the worker goes on", {
  timeout: 120_000,
}, async () => {
  const { write, allArrived, repeats } = await crowd(30);
  const pid = platform.worker?.pid;
  for (let round = 0; round < 12; round++) {
    await write();
    if (round === 3) {
      const next = google.oauth.createKey();
      google.oauth.revokeKey(account.private_key_id); // with all tokens that it made: the worker stands without
      if (Math.random() < 0.5) await delay(500);
      await writeFile(join(folder, "next"), JSON.stringify(next));
      await rename(join(folder, "next"), join(folder, "service-account.json"));
      account = next;
    }
    await delay(300);
  }
  await allArrived();
  expect(repeats()).toBe(0);
  expect(platform.worker?.pid).toBe(pid);
});

test("a stopping worker finishes the batch that is under way and leaves the rest to the next one", {
  timeout: 120_000,
}, async () => {
  const { write, allArrived, repeats } = await crowd(30);
  google.state.latency = 500;
  await write();
  const before = google.state.requests;
  await vi.waitFor(() => expect(google.state.requests).toBeGreaterThan(before), {
    timeout: 30_000,
    interval: 5,
  });
  expect(await platform.worker?.stop()).toBe(0);
  await platform.worker?.start();
  await allArrived();
  expect(repeats()).toBe(0);
});
