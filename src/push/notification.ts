/**
 * What is sent to Firebase for one device. A notification replaces the one before of its conversation wherever it
 * waits or is shown: while it waits at Firebase (`collapseKey`), Apple (`apns-collapse-id`) or the browser's push
 * service (`Topic`), and on the screen (`tag`). The number is always the whole, never "one more".
 */
import type { Message } from "firebase-admin/messaging";
import { type Wording, wordingOf } from "./texts.ts";

export interface Target {
  pushToken: string;
  platform: "android" | "ios" | "web";
}

export interface Notification extends Wording {
  messageId: string;
  conversationId: string;
  seq: number;
  senderId: string;
  sentAt: Date;
  badge: number;
}

export interface Delivery {
  now: number;
  /** ms after it was sent that a message may still be notified of. */
  ttl: number;
  /** The web client's address. */
  link?: string | undefined;
}

/** Tells a device of a message. */
export function notify(target: Target, about: Notification, delivery: Delivery): Message {
  const { title, body } = wordingOf(about);
  const ttl = Math.max(1000, about.sentAt.getTime() + delivery.ttl - delivery.now);
  const data = {
    type: "new_message",
    messageId: about.messageId,
    conversationId: about.conversationId,
    seq: String(about.seq),
    senderId: about.senderId,
    senderName: about.senderName,
    clickAction: "/messages",
    badge: String(about.badge),
  };
  const tag = about.conversationId;
  const message = { token: target.pushToken, data };
  switch (target.platform) {
    case "android":
      return {
        ...message,
        notification: { title, body },
        android: {
          collapseKey: tag,
          priority: "high",
          ttl,
          notification: { tag, notificationCount: about.badge, sound: "default" },
        },
      };
    case "ios":
      return {
        ...message,
        notification: { title, body },
        apns: {
          headers: {
            "apns-push-type": "alert",
            "apns-priority": "10",
            "apns-collapse-id": tag,
            "apns-expiration": expiry(delivery.now, ttl),
          },
          payload: {
            aps: {
              badge: about.badge,
              sound: "default",
              threadId: tag,
              // The app's extension may fetch and decrypt what we cannot read.
              ...(about.isEncrypted && { mutableContent: true }),
            },
          },
        },
      };
    case "web":
      return {
        ...message,
        webpush: {
          headers: { TTL: String(Math.ceil(ttl / 1000)), Urgency: "high", Topic: topic(tag) },
          notification: { title, body, tag, renotify: true, data },
          ...(delivery.link && { fcmOptions: { link: delivery.link } }),
        },
      };
  }
}

/** Takes a conversation's notification off a device, and sets its badge; null: only sets the badge. In silence. */
export function clear(
  target: Target,
  about: { conversationId: string | null; badge: number },
  delivery: Delivery,
): Message {
  const tag = about.conversationId ?? "badge";
  const ttl = delivery.ttl;
  const message = {
    token: target.pushToken,
    data: {
      type: about.conversationId ? "clear_notification" : "badge",
      ...(about.conversationId && { conversationId: about.conversationId }),
      badge: String(about.badge),
    },
  };
  switch (target.platform) {
    case "android":
      return { ...message, android: { collapseKey: tag, priority: "normal", ttl } };
    case "ios":
      return {
        ...message,
        apns: {
          headers: {
            // Not "background": Apple sets no badge for that, and delivers it when it likes.
            "apns-push-type": "alert",
            "apns-priority": "5",
            "apns-collapse-id": tag,
            "apns-expiration": expiry(delivery.now, ttl),
          },
          payload: { aps: { badge: about.badge, contentAvailable: true } },
        },
      };
    case "web":
      return {
        ...message,
        webpush: { headers: { TTL: String(Math.ceil(ttl / 1000)), Urgency: "low", Topic: topic(tag) } },
      };
  }
}

function expiry(now: number, ttl: number): string {
  return String(Math.ceil((now + ttl) / 1000));
}

/** RFC 8030 allows 32 characters of base64url: a UUID without its dashes. */
function topic(tag: string): string {
  return tag.replaceAll("-", "").slice(0, 32);
}
