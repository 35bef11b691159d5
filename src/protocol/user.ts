import * as z from "zod";
import { Timestamp, text, UserId } from "./primitives.ts";

export const User = z
  .object({
    id: UserId,
    name: z.string(),
    email: z.string().nullable(),
    avatarUrl: z.string().nullable().optional(),
    lastSeen: Timestamp.nullable().optional(),
  })
  .meta({ id: "User" });
export type User = z.infer<typeof User>;

export const UserName = text(200, 1).refine((s) => s.trim().length > 0, { error: "must not be blank" });
export const Email = z.email({ error: "must be an e-mail address" }).max(320);
export const Password = text(1024, 8);

export const Registration = z.object({ email: Email, password: Password, name: UserName });
// A wrong password is "wrong", not "too short": only its size is bounded here.
export const Credentials = z.object({
  email: z.string().min(1).max(320),
  password: z.string().min(1).max(1024),
});
export const RefreshRequest = z.object({ refreshToken: z.string().min(1).max(512) });

export const Session = z
  .object({
    user: User,
    accessToken: z.string(),
    refreshToken: z.string(),
    expiresIn: z.int().describe("seconds that the access token is valid"),
  })
  .meta({ id: "Session" });
export type Session = z.infer<typeof Session>;

export const UserPatch = z
  .object({
    name: UserName,
    avatarUrl: z
      .url({ protocol: /^https?$/ })
      .max(2048)
      .nullable(),
  })
  .partial();

export const platforms = ["android", "ios", "web"] as const;
export const DeviceRegistration = z.object({
  deviceToken: text(2048, 1),
  platform: z.enum(platforms).default("web"),
  appVersion: text(64).optional(),
  language: text(35).optional().describe("BCP 47; of the notifications' titles"),
  deviceId: text(128, 1)
    .optional()
    .describe("the device's `auth.deviceId` at the socket: it is then not pushed what it has received there"),
});
export const DeviceUnregistration = z.object({ deviceToken: text(2048, 1) });

export const presenceStatuses = ["online", "away", "offline"] as const;
export const PresenceStatus = z.enum(presenceStatuses);
export type PresenceStatus = z.infer<typeof PresenceStatus>;

export const Presence = z
  .object({ userId: UserId, status: PresenceStatus, lastSeen: Timestamp.nullable() })
  .meta({ id: "Presence" });
export type Presence = z.infer<typeof Presence>;
