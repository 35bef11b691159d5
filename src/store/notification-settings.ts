import type { NotificationSettings } from "../protocol/conversation.ts";
import type { Db } from "./client.ts";

/** A user's own settings, for conversations that have none of their own. */
export async function readOwnNotificationSettings(db: Db, userId: string): Promise<NotificationSettings> {
  const [row] = await db<{ settings: NotificationSettings }[]>`
    select notification_settings as settings from users where id = ${userId}`;
  return row?.settings ?? {};
}

/** Changes what is named, and answers all. */
export async function updateOwnNotificationSettings(
  db: Db,
  userId: string,
  patch: NotificationSettings,
): Promise<NotificationSettings> {
  const [row] = await db<{ settings: NotificationSettings }[]>`
    update users set notification_settings = notification_settings || ${JSON.stringify(patch)}::text::jsonb
    where id = ${userId} returning notification_settings as settings`;
  return row?.settings ?? {};
}
