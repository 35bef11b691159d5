/**
 * The devices connected to this gateway, and what of that still has to be told. Pure: time is passed in
 * (ms since 1970, never going back).
 *
 *   connected ──no use for `awayAfter`──▶ away
 *      │  ▲ ◀──────────used again───────────┘
 *      ▼  │ connected again
 *   leaving ──`grace` over──▶ gone ──written──▶ forgotten
 *
 * A device that is leaving is still written as it was: that is all that the grace is.
 */
import type { PresenceStatus } from "../../protocol/user.ts";

export interface Device {
  readonly user: LocalUser;
  readonly deviceId: string;
  /** Sockets: two for a moment when a device connects anew before its old socket is closed. */
  sockets: number;
  lastActive: number;
  /** When its last socket closed; 0 while there is one. */
  leftAt: number;
  away: boolean;
  gone: boolean;
  /** What Redis holds of it, "" for nothing. */
  written: string;
}

export interface LocalUser {
  readonly userId: string;
  readonly devices: Map<string, Device>;
  /** What others were last told, as far as this gateway knows. */
  told: PresenceStatus;
}

export type DeviceBook = ReturnType<typeof createDeviceBook>;

export function createDeviceBook({ grace, awayAfter }: { grace: number; awayAfter: number }) {
  const users = new Map<string, LocalUser>();
  /** In the order in which they left. */
  const leaving = new Set<Device>();
  /** Whose state may differ from what is written. */
  const changed = new Set<Device>();

  function wake(device: Device, now: number): void {
    device.lastActive = now;
    if (!device.away) return;
    device.away = false;
    changed.add(device);
  }

  return {
    users: users as ReadonlyMap<string, LocalUser>,
    changed,

    connected(userId: string, deviceId: string, now: number): void {
      let user = users.get(userId);
      if (!user) {
        user = { userId, devices: new Map(), told: "offline" };
        users.set(userId, user);
      }
      const known = user.devices.get(deviceId);
      if (!known) {
        const device: Device = {
          user,
          deviceId,
          sockets: 1,
          lastActive: now,
          leftAt: 0,
          away: false,
          gone: false,
          written: "",
        };
        user.devices.set(deviceId, device);
        changed.add(device);
        return;
      }
      known.sockets++;
      known.leftAt = 0;
      leaving.delete(known);
      if (known.gone) {
        known.gone = false;
        changed.add(known);
      }
      wake(known, now);
    },

    disconnected(userId: string, deviceId: string, now: number): void {
      const device = users.get(userId)?.devices.get(deviceId);
      if (!device || device.sockets === 0) return;
      device.sockets--;
      if (device.sockets > 0) return;
      device.leftAt = now;
      leaving.add(device);
    },

    active(userId: string, deviceId: string, now: number): void {
      const device = users.get(userId)?.devices.get(deviceId);
      if (device) wake(device, now);
    },

    /** Ends the grace of those who left long enough ago. */
    endGrace(now: number): void {
      for (const device of leaving) {
        if (device.leftAt + grace > now) break;
        leaving.delete(device);
        device.gone = true;
        changed.add(device);
      }
    },

    /** Finds devices that have not been used for long. */
    findAway(now: number): void {
      for (const user of users.values())
        for (const device of user.devices.values()) {
          if (device.away || device.gone || device.lastActive + awayAfter > now) continue;
          device.away = true;
          changed.add(device);
        }
    },

    /** Forgets a device that is gone and not written anywhere. */
    forget(device: Device): void {
      changed.delete(device);
      device.user.devices.delete(device.deviceId);
      if (device.user.devices.size === 0) users.delete(device.user.userId);
    },
  };
}

/** What is to be written of a device: see `DeviceState` in src/bus/presence.ts. */
export function stateOf(device: Device): string {
  if (device.gone) return "";
  return device.away ? String(Math.trunc(device.lastActive)) : "0";
}

/** A user's status by the devices of this gateway alone. */
export function localStatus(user: LocalUser | undefined): { status: PresenceStatus; lastActive?: number } {
  let lastActive = 0;
  for (const device of user?.devices.values() ?? []) {
    if (device.gone) continue;
    if (!device.away) return { status: "online" };
    lastActive = Math.max(lastActive, device.lastActive);
  }
  return lastActive > 0 ? { status: "away", lastActive } : { status: "offline" };
}
