import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { readMessages, readMessageVersions } from "../../messaging/read-messages.ts";
import { Message, MessageVersion } from "../../protocol/message.ts";
import { UserId, Uuid } from "../../protocol/primitives.ts";
import type { Sql } from "../../store/client.ts";
import { limit, seqParameter } from "./pages.ts";

const tags = ["messages"];

const HistoryQuery = z.object({
  limit,
  before: seqParameter.optional().describe("only messages with a lower seq"),
  after: seqParameter.optional().describe("only messages with a higher seq, beginning with the lowest"),
});

/** GET /messages/conversation/:id and GET /messages/:id/history. */
export function historyRoutes(scope: FastifyInstance, { sql }: { sql: Sql }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    "/messages/conversation/:id",
    {
      schema: {
        tags,
        summary: "A conversation's messages in order of seq: the newest, or those before or after a seq",
        operationId: "listMessages",
        params: z.object({
          id: UserId.describe("a conversation's, or another user's: the direct conversation with them"),
        }),
        querystring: HistoryQuery,
        response: { 200: z.array(Message) },
      },
    },
    async (request) => readMessages({ sql }, request.userId, request.params.id, request.query),
  );
  app.get(
    "/messages/:id/history",
    {
      schema: {
        tags,
        summary: "The contents that a message had, the present one last",
        operationId: "listMessageVersions",
        params: z.object({ id: Uuid.describe("a message's") }),
        response: { 200: z.array(MessageVersion) },
      },
    },
    async (request) => readMessageVersions({ sql }, request.userId, request.params.id),
  );
}
