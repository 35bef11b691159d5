/** What the devices behind the tokens show: as phones and browsers do with what Firebase hands them. */
import type { FcmMessage } from "./message-schema.ts";

export interface Shown {
  messageId: string;
  title: string;
  body: string;
}

export interface Screen {
  /** By tag: a new one of the same tag replaces the old one. */
  notifications: Map<string, Shown>;
  /** The number on the icon; undefined until one came. */
  badge: number | undefined;
  /** All that has come, in order. */
  received: { message: FcmMessage; at: number; visible: boolean }[];
}

/** What a device was told of visibly. */
export function visible(screen: Screen): Screen["received"] {
  return screen.received.filter((entry) => entry.visible);
}

export function createScreens() {
  const screens = new Map<string, Screen>();

  function of(token: string): Screen {
    let screen = screens.get(token);
    if (!screen) {
      screen = { notifications: new Map(), badge: undefined, received: [] };
      screens.set(token, screen);
    }
    return screen;
  }

  return {
    of,
    all: screens as ReadonlyMap<string, Screen>,
    show(message: FcmMessage): void {
      const screen = of(message.token);
      const text = message.notification ?? message.webpush?.notification;
      const data = message.data ?? {};
      const badge = message.apns?.payload?.aps.badge ?? data.badge;
      if (badge !== undefined) screen.badge = Number(badge);
      screen.received.push({ message, at: Date.now(), visible: text !== undefined });
      if (text) {
        const tag =
          message.android?.notification?.tag ??
          message.apns?.headers?.["apns-collapse-id"] ??
          message.webpush?.notification?.tag ??
          `untagged ${screen.received.length}`;
        screen.notifications.set(tag, {
          messageId: data.messageId ?? "",
          title: text.title ?? "",
          body: text.body ?? "",
        });
      } else if (data.type === "clear_notification" && data.conversationId) {
        screen.notifications.delete(data.conversationId);
      }
    },
  };
}
