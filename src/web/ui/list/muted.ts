import type { NotificationSettings } from "../../../protocol/conversation.ts";

/** Whether nothing of a conversation is notified now. */
export function isMuted(settings: NotificationSettings | undefined, now = Date.now()): boolean {
  if (settings?.level === "none") return true;
  return settings?.mutedUntil != null && Date.parse(settings.mutedUntil) > now;
}
