/**
 * Keeps this gateway's devices in Redis, and heals what Redis lost.
 *
 * Invariants: nothing is written without a lease; a gateway that finds its lease gone goes on under a new
 * name, so that who cleans up after the old one cannot touch what it writes now; what is written only to
 * heal is told to nobody, since nothing happened.
 */
import { randomBytes } from "node:crypto";
import {
  type DeviceState,
  forgetUsers,
  lookupPresence,
  type PresenceChange,
  RENEW_EVERY,
  renewLease,
  takeLease,
  wasClaimed,
  writeDevices,
} from "../../bus/presence.ts";
import type { RedisClient } from "../../bus/redis.ts";
import type { Transition } from "./announcer.ts";
import { type Device, type DeviceBook, stateOf } from "./devices.ts";

/**
 * After Redis lost its data, so long is waited for all gateways to write theirs again before "the first
 * device" and "the last device" mean anything. A gateway reconnects within a second or two.
 */
const SETTLE = 3000;

export interface Registry {
  /** The name under which the devices stand in Redis; undefined before the first lease. */
  readonly gateway: string | undefined;
  isDue(): boolean;
  /** The connection was made anew: what was written before may be lost. */
  reconnected(): void;
  /** What this gateway told of the user, alone, is to be told anew by what Redis knows. */
  unsureOf(userId: string): void;
  /** One round: renews, heals, writes what changed. Rejects when Redis does not answer; then call it again. */
  update(): Promise<void>;
}

export function createRegistry(
  redis: RedisClient,
  options: {
    gatewayId: string;
    book: DeviceBook;
    tell: (transitions: Transition[]) => void;
    now: () => number;
  },
): Registry {
  const { book, tell, now } = options;
  const name = options.gatewayId.replaceAll("/", "_");
  let gateway: string | undefined;
  let renewAt = Number.NEGATIVE_INFINITY;
  let settledAt = Number.NEGATIVE_INFINITY;
  let checkAll = false;
  let lost: string | undefined;
  const unsure = new Set<string>();
  const healing = new Set<Device>();
  const healed: Transition[] = [];

  async function renew(all: boolean): Promise<void> {
    if (gateway === undefined) {
      const first = newName(name);
      await takeLease(redis, first);
      gateway = first;
      startHealing(false); // who came while Redis was away is known to this gateway alone
    } else if (await renewLease(redis, gateway)) {
      if (all) startHealing(false);
    } else {
      const next = newName(name);
      await takeLease(redis, next);
      lost = gateway;
      gateway = next;
      settledAt = now() + SETTLE;
      startHealing(true);
    }
    renewAt = now() + RENEW_EVERY;
  }

  /** What waits to be written stays so, as something that happened; all the rest is written again in silence. */
  function startHealing(allLost: boolean): void {
    for (const user of book.users.values())
      for (const device of user.devices.values()) {
        if (allLost) device.written = "";
        if (device.gone && (allLost || !book.changed.has(device))) unsure.add(user.userId);
        if (device.gone && device.written === "") book.forget(device);
        else if (!book.changed.has(device)) healing.add(device);
      }
  }

  async function heal(): Promise<void> {
    // What changes while it waits to be healed did happen.
    for (const device of healing) if (book.changed.has(device)) unsure.add(device.user.userId);
    if (healing.size > 0) await write(healing, (transitions) => healed.push(...transitions));
    if (lost !== undefined) {
      // Asked after writing: a user who was taken away before that was announced offline, and is back now.
      if (await wasClaimed(redis, lost)) {
        tell(healed);
        settledAt = now();
      }
      lost = undefined;
    }
    healed.length = 0;
  }

  async function tellUnsure(): Promise<void> {
    if (unsure.size === 0) return;
    const userIds = [...unsure];
    const found = await lookupPresence(redis, userIds);
    tell(
      userIds.map((userId) => {
        const { status, lastActive } = found.get(userId) ?? { status: "offline" };
        const before = status === "offline" ? "online" : "offline";
        return { userId, before, status, lastActive: lastActive ?? now() };
      }),
    );
    for (const userId of userIds) unsure.delete(userId);
  }

  async function write(devices: Set<Device>, report: (transitions: Transition[]) => void): Promise<void> {
    if (gateway === undefined) return;
    const sent = new Map<string, { devices: Device[]; states: DeviceState[] }>();
    for (const device of devices) {
      const { userId } = device.user;
      let entry = sent.get(userId);
      if (!entry) {
        entry = { devices: [], states: [] };
        sent.set(userId, entry);
      }
      entry.devices.push(device);
      entry.states.push({ deviceId: device.deviceId, value: stateOf(device) });
    }
    const states = new Map([...sent].map(([userId, entry]) => [userId, entry.states]));
    const left: string[] = [];
    for await (const changes of writeDevices(redis, gateway, states)) {
      const transitions: Transition[] = [];
      for (const change of changes) {
        const entry = sent.get(change.userId);
        if (!entry) continue;
        entry.devices.forEach((device, i) => {
          devices.delete(device);
          noteWritten(device, entry.states[i]?.value ?? "", change);
        });
        if (!book.users.has(change.userId)) left.push(change.userId);
        if (change.before !== change.after) transitions.push(transitionOf(change, entry.devices));
      }
      report(transitions);
    }
    await forgetUsers(redis, gateway, left);
  }

  function noteWritten(device: Device, value: string, change: PresenceChange): void {
    device.written = value;
    device.user.told = change.after;
    const next = stateOf(device);
    if (next !== value) book.changed.add(device);
    else if (next === "") book.forget(device);
    else book.changed.delete(device);
  }

  function transitionOf(change: PresenceChange, devices: Device[]): Transition {
    const { userId, before, after: status } = change;
    const leftAt = Math.max(...devices.map((device) => device.leftAt));
    const lastActive = change.lastActive ?? (status === "offline" && leftAt > 0 ? leftAt : now());
    return { userId, before, status, lastActive };
  }

  return {
    get gateway() {
      return gateway;
    },
    isDue: () => checkAll || book.changed.size > 0 || healing.size > 0 || unsure.size > 0 || now() >= renewAt,
    reconnected() {
      checkAll = true;
    },
    unsureOf(userId) {
      unsure.add(userId);
    },
    async update() {
      if (checkAll || now() >= renewAt) {
        const all = checkAll;
        checkAll = false;
        await renew(all).catch((error: unknown) => {
          checkAll ||= all;
          throw error;
        });
      }
      await heal();
      if (now() < settledAt) return;
      await tellUnsure();
      if (book.changed.size > 0) await write(book.changed, tell);
    },
  };
}

/** A new name for each life, so that a restarted gateway is not taken for the one before. */
function newName(gatewayId: string): string {
  return `${gatewayId}.${randomBytes(6).toString("base64url")}`;
}
