import type * as z from "zod";
import { ChatError } from "../protocol/errors.ts";
import type { DeviceRegistration, User } from "../protocol/user.ts";
import type { Db } from "../store/client.ts";
import { deleteDevice, upsertDevice } from "../store/devices.ts";
import { getProfile } from "./profile.ts";

/**
 * Lets pushes for the user go to this device; a token that another user had is theirs no longer.
 * @throws ChatError VALIDATION_FAILED when the token is longer than any that a push service makes.
 */
export async function registerDevice(
  db: Db,
  userId: string,
  device: z.output<typeof DeviceRegistration>,
): Promise<User> {
  try {
    await upsertDevice(db, {
      userId,
      pushToken: device.deviceToken,
      platform: device.platform,
      appVersion: device.appVersion ?? null,
      language: device.language ?? null,
      deviceId: device.deviceId ?? null,
    });
  } catch (error) {
    // program_limit_exceeded: a B-tree's entry ends at 2704 bytes; tokens have about 200.
    if (error instanceof Error && "code" in error && error.code === "54000")
      throw new ChatError("VALIDATION_FAILED", "deviceToken: too long for a push token", {
        field: "deviceToken",
        cause: error,
      });
    throw error;
  }
  return getProfile(db, userId);
}

/** Ends pushes to this device; no error when it had none. */
export async function unregisterDevice(
  db: Db,
  userId: string,
  { deviceToken }: { deviceToken: string },
): Promise<User> {
  await deleteDevice(db, userId, deviceToken);
  return getProfile(db, userId);
}
