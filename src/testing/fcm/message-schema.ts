/**
 * The body of POST /v1/projects/<id>/messages:send, as strict as Google's: unknown names, wrong types and wrong
 * formats are refused. https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
import * as z from "zod";

const FOUR_WEEKS = 2_419_200;

const texts = z.record(z.string(), z.string());
const duration = z
  .string()
  .regex(/^\d+(\.\d{1,9})?s$/, { error: "Illegal duration format" })
  .refine((s) => Number.parseFloat(s) <= FOUR_WEEKS, { error: "at most four weeks" });

const reserved = /^(from|message_type|google.*|gcm\.notification.*)$/;
const data = texts.refine((map) => Object.keys(map).every((key) => !reserved.test(key)), {
  error: "Invalid data payload key",
});

const notification = z.strictObject({
  title: z.string().optional(),
  body: z.string().optional(),
  image: z.url().optional(),
});

const android = z.strictObject({
  collapse_key: z.string().optional(),
  priority: z.enum(["NORMAL", "HIGH", "normal", "high"]).optional(),
  ttl: duration.optional(),
  restricted_package_name: z.string().optional(),
  data: data.optional(),
  direct_boot_ok: z.boolean().optional(),
  notification: z
    .strictObject({
      title: z.string(),
      body: z.string(),
      icon: z.string(),
      color: z.string(),
      sound: z.string(),
      tag: z.string(),
      click_action: z.string(),
      body_loc_key: z.string(),
      body_loc_args: z.array(z.string()),
      title_loc_key: z.string(),
      title_loc_args: z.array(z.string()),
      channel_id: z.string(),
      notification_count: z.int().min(0),
      notification_priority: z.string(),
      visibility: z.enum(["PRIVATE", "PUBLIC", "SECRET"]),
    })
    .partial()
    .optional(),
});

const apns = z.strictObject({
  headers: z
    .strictObject({
      "apns-push-type": z.enum(["alert", "background"]),
      "apns-priority": z.enum(["1", "5", "10"]),
      "apns-collapse-id": z.string().refine((s) => Buffer.byteLength(s) <= 64, { error: "at most 64 bytes" }),
      "apns-expiration": z.string().regex(/^\d{10}$/),
      "apns-topic": z.string(),
      "apns-id": z.uuid(),
    })
    .partial()
    .optional(),
  payload: z
    .looseObject({
      aps: z
        .strictObject({
          alert: z.unknown(),
          badge: z.int().min(0),
          sound: z.string(),
          category: z.string(),
          "thread-id": z.string(),
          "content-available": z.literal(1),
          "mutable-content": z.literal(1),
          "interruption-level": z.enum(["passive", "active", "time-sensitive", "critical"]),
        })
        .partial(),
    })
    .optional(),
  fcm_options: z.strictObject({ analytics_label: z.string().optional() }).optional(),
});

const link = z.strictObject({ link: z.url({ protocol: /^https$/ }).optional() });
const webpush = z.strictObject({
  headers: z
    .strictObject({
      TTL: z.string().regex(/^\d+$/),
      Urgency: z.enum(["very-low", "low", "normal", "high"]),
      Topic: z.string().regex(/^[\w-]{1,32}$/), // RFC 8030, 5.4
    })
    .partial()
    .optional(),
  data: data.optional(),
  notification: z
    .looseObject({ title: z.string(), body: z.string(), tag: z.string(), renotify: z.boolean() })
    .partial()
    .optional(),
  fcm_options: link.optional(),
  fcmOptions: link.optional(), // Google takes either spelling; firebase-admin leaves this one as it is
});

export const SendRequest = z.strictObject({
  validate_only: z.boolean().optional(),
  message: z.strictObject({
    token: z.string().optional(),
    topic: z
      .string()
      .regex(/^[a-zA-Z0-9-_.~%]+$/)
      .optional(),
    data: data.optional(),
    notification: notification.optional(),
    android: android.optional(),
    apns: apns.optional(),
    webpush: webpush.optional(),
    fcm_options: z.strictObject({ analytics_label: z.string().optional() }).optional(),
  }),
});
/** One for a device. */
export type FcmMessage = z.infer<typeof SendRequest>["message"] & { token: string };

/** Most bytes of what reaches the device. */
export const MOST_BYTES = 4096;

/** About what the device would be sent: data and the texts of its platform. */
export function payloadBytes(message: z.infer<typeof SendRequest>["message"]): number {
  const { token: _, topic: __, ...rest } = message;
  return Buffer.byteLength(JSON.stringify(rest));
}
