import * as z from "zod";
import { Message } from "./message.ts";
import { Seq, Timestamp, text, UserId, Uuid, Version } from "./primitives.ts";
import { User } from "./user.ts";

export const conversationTypes = ["DIRECT", "GROUP", "SPACE", "COMMUNITY"] as const;
export const ConversationType = z.enum(conversationTypes);
export type ConversationType = z.infer<typeof ConversationType>;

export const conversationStatuses = ["ACTIVE", "ARCHIVED", "DELETED", "MUTED"] as const;
export const ConversationStatus = z.enum(conversationStatuses);
export type ConversationStatus = z.infer<typeof ConversationStatus>;

/** From most to least powerful. */
export const roles = ["OWNER", "ADMIN", "MODERATOR", "MEMBER"] as const;
export const Role = z.enum(roles);
export type Role = z.infer<typeof Role>;

export const participantStatuses = ["ACTIVE", "LEFT", "REMOVED", "BANNED", "MUTED"] as const;
export const ParticipantStatus = z.enum(participantStatuses);
export type ParticipantStatus = z.infer<typeof ParticipantStatus>;

export const Permissions = z
  .object({ canSendMessages: z.boolean(), canUploadFiles: z.boolean(), canAddParticipants: z.boolean() })
  .partial();
export type Permissions = z.infer<typeof Permissions>;

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: "must be a time such as 22:00" });

export const QuietHours = z
  .object({
    from: TimeOfDay,
    to: TimeOfDay.describe("before `from`: of the next day"),
    timeZone: z
      .string()
      .max(64)
      .refine(isTimeZone, { error: "must be a time zone such as Europe/Berlin" })
      .describe("IANA"),
  })
  .meta({ id: "QuietHours" });
export type QuietHours = z.infer<typeof QuietHours>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

export const NotificationSettings = z
  .object({
    level: z.enum(["all", "mentions", "none"]).describe("what is pushed"),
    mutedUntil: Timestamp.nullable().describe("nothing is pushed before"),
    quietHours: QuietHours.nullable().describe("do not disturb: nothing is pushed then"),
    hideContent: z.boolean().describe("notifications do not say what was written"),
  })
  .partial();
export type NotificationSettings = z.infer<typeof NotificationSettings>;

export const ConversationSettings = z
  .object({ typingIndicators: z.boolean(), readReceipts: z.boolean(), membersCanAdd: z.boolean() })
  .partial();
export type ConversationSettings = z.infer<typeof ConversationSettings>;

export const Participant = z
  .object({
    userId: UserId,
    user: User.pick({ id: true, name: true, avatarUrl: true, lastSeen: true }).optional(),
    role: Role,
    status: ParticipantStatus,
    permissions: Permissions,
    deliveredSeq: Seq,
    readSeq: Seq,
    joinedAt: Timestamp,
  })
  .meta({ id: "Participant" });
export type Participant = z.infer<typeof Participant>;

export const Conversation = z
  .object({
    id: Uuid,
    type: ConversationType,
    status: ConversationStatus,
    name: z.string().nullable(),
    description: z.string().nullable(),
    settings: ConversationSettings,
    rateLimit: z.int().nullable().describe("messages a minute for each user; null: the default"),
    seq: Seq.describe("of the last message"),
    version: Version,
    messageCount: z.int(),
    lastMessage: Message.nullable(),
    lastActivityAt: Timestamp,
    unreadCount: z.int(),
    notificationSettings: NotificationSettings.describe("the caller's own"),
    participants: z.array(Participant).describe("at most 100; memberCount has the number of all"),
    memberCount: z.int(),
    createdAt: Timestamp,
  })
  .meta({ id: "Conversation" });
export type Conversation = z.infer<typeof Conversation>;

/** The most people that one request may add, and that a new conversation may start with. */
export const MAX_PARTICIPANTS_PER_REQUEST = 1000;
const participantIds = z.array(UserId).min(1).max(MAX_PARTICIPANTS_PER_REQUEST);

const conversationName = text(200, 1).refine((s) => s.trim().length > 0, { error: "must not be blank" });

export const NewConversation = z
  .object({
    type: ConversationType,
    name: conversationName.optional(),
    description: text(2000).optional(),
    participantIds: z.array(UserId).max(MAX_PARTICIPANTS_PER_REQUEST),
    settings: ConversationSettings.optional(),
  })
  .refine((c) => c.type !== "DIRECT" || c.participantIds.length === 1, {
    error: "a DIRECT conversation has exactly one other participant",
    path: ["participantIds"],
  })
  .refine((c) => c.type === "DIRECT" || c.name !== undefined, { error: "required", path: ["name"] });
export type NewConversation = z.infer<typeof NewConversation>;

export const ConversationPatch = z
  .object({
    name: conversationName,
    description: text(2000).nullable(),
    status: ConversationStatus.exclude(["DELETED"]),
    settings: ConversationSettings,
    rateLimit: z.int().min(0).max(100_000).nullable(),
    notificationSettings: NotificationSettings.describe("the caller's own"),
  })
  .partial();
export type ConversationPatch = z.infer<typeof ConversationPatch>;

export const NewParticipants = z.object({
  participantIds: participantIds.optional(),
  userIds: participantIds.optional().describe("the same"),
  userId: UserId.optional().describe("the same, for one"),
});

export const ParticipantPatch = z
  .object({
    role: Role,
    status: z.enum(["ACTIVE", "MUTED", "BANNED"]),
    permissions: Permissions,
  })
  .partial();
export type ParticipantPatch = z.infer<typeof ParticipantPatch>;

export const ParticipantEvent = z.object({
  conversationId: Uuid,
  userId: UserId,
  role: Role.optional(),
  status: ParticipantStatus.optional(),
  by: UserId,
  timestamp: Timestamp,
});
export type ParticipantEvent = z.infer<typeof ParticipantEvent>;
