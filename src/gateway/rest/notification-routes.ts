import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { NotificationSettings } from "../../protocol/conversation.ts";
import type { Sql } from "../../store/client.ts";
import {
  readOwnNotificationSettings,
  updateOwnNotificationSettings,
} from "../../store/notification-settings.ts";

const tags = ["identity"];

/** GET and PATCH /users/me/notifications: what is pushed, for conversations without settings of their own. */
export function notificationRoutes(scope: FastifyInstance, { sql }: { sql: Sql }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    "/users/me/notifications",
    {
      schema: {
        tags,
        summary: "One's own notification settings",
        operationId: "getNotificationSettings",
        response: { 200: NotificationSettings },
      },
    },
    async (request) => readOwnNotificationSettings(sql, request.userId),
  );
  app.patch(
    "/users/me/notifications",
    {
      schema: {
        tags,
        summary: "Change one's own notification settings",
        description:
          "They hold for conversations without settings of their own (PATCH /conversations/{id}, notificationSettings).",
        operationId: "updateNotificationSettings",
        body: NotificationSettings,
        response: { 200: NotificationSettings },
      },
    },
    async (request) => updateOwnNotificationSettings(sql, request.userId, request.body),
  );
}
