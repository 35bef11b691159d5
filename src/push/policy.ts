/** Who is pushed to, and who is not. Pure. */
import type { NotificationSettings } from "../protocol/conversation.ts";
import { isQuiet } from "./quiet-hours.ts";

/** A user's devices at the sockets: each name with whether it is in use; undefined: Redis could not tell. */
export type Connected = ReadonlyMap<string, boolean> | undefined;

export interface DeviceSituation {
  /** The device's name at the socket, when it told it at its registration. */
  socketDevice: string | null;
  /** The names that all the user's devices told. */
  socketDevices: readonly string[];
  /** Whether some device of the user has confirmed the message. */
  delivered: boolean;
}

/**
 * Whether a device that has a message to be told of is told: `send`; `skip` when it has received it over its
 * socket; `later` when it should receive it at any moment, because it is connected and in use, which is to be
 * looked at again.
 *
 * A connected device gets what its user's other devices get: so "confirmed by one" counts for all that are
 * connected, and for none that is not. A device that did not tell its name may be any of those that are connected
 * under a name that no device told.
 */
export function decideDevice(device: DeviceSituation, connected: Connected): "send" | "skip" | "later" {
  if (connected === undefined) return device.delivered ? "skip" : "send";
  const own =
    device.socketDevice === null
      ? [...connected].filter(([name]) => !device.socketDevices.includes(name)).map(([, inUse]) => inUse)
      : [connected.get(device.socketDevice)].filter((inUse) => inUse !== undefined);
  if (own.length === 0) return "send";
  if (device.delivered) return "skip";
  return own.includes(true) ? "later" : "send";
}

/** The user's settings, with the conversation's where it has its own. */
export function effectiveSettings(
  user: NotificationSettings,
  conversation: NotificationSettings,
): NotificationSettings {
  return { ...user, ...conversation };
}

/**
 * Whether the settings want silence now. What is not told of stays unread, and counts in the badge that comes
 * with the next notification. "Only mentions" is decided where the message is chosen.
 */
export function wantsSilence(settings: NotificationSettings, now: Date): boolean {
  if (settings.level === "none") return true;
  if (settings.mutedUntil && Date.parse(settings.mutedUntil) > now.getTime()) return true;
  return settings.quietHours != null && isQuiet(settings.quietHours, now);
}
