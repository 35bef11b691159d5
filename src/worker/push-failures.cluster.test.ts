/** Push while workers die and keys change, on the real platform. */
import { setTimeout as delay } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { pushPlatform } from "../testing/fcm/push-platform.ts";
import { type Screen, visible } from "../testing/fcm/screens.ts";

/** How often the worker is killed: 50 for the whole proof. */
const KILLS = Number(process.env.PUSH_KILLS ?? 5);

const on = pushPlatform();
const { person, phone, send } = on;

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
  const { google, worker } = on;
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
  const pid = on.worker.pid;
  for (let round = 0; round < 12; round++) {
    await write();
    if (round === 3) {
      on.revokeKey(); // the worker stands without
      if (Math.random() < 0.5) await delay(500);
      await on.giveKey();
    }
    await delay(300);
  }
  await allArrived();
  expect(repeats()).toBe(0);
  expect(on.worker.pid).toBe(pid);
});

test("a stopping worker finishes the batch that is under way and leaves the rest to the next one", {
  timeout: 120_000,
}, async () => {
  const { write, allArrived, repeats } = await crowd(30);
  on.google.state.latency = 500;
  await write();
  const before = on.google.state.requests;
  await vi.waitFor(() => expect(on.google.state.requests).toBeGreaterThan(before), {
    timeout: 30_000,
    interval: 5,
  });
  expect(await on.worker.stop()).toBe(0);
  await on.worker.start();
  await allArrived();
  expect(repeats()).toBe(0);
});
