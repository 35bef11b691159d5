import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { readMessages, readMessageVersions } from "../../messaging/read-messages.ts";
import { Message, MessageVersion } from "../../protocol/message.ts";
import { UserId, Uuid } from "../../protocol/primitives.ts";
import type { Reader } from "../../store/replica-reads.ts";
import { limit, nextLink, seqParameter } from "./pages.ts";

const tags = ["messages"];

const HistoryQuery = z.object({
  limit,
  before: seqParameter.optional().describe("only messages with a lower seq"),
  after: seqParameter.optional().describe("only messages with a higher seq, beginning with the lowest"),
});

/** GET /messages/conversation/:id and GET /messages/:id/history. */
export function historyRoutes(scope: FastifyInstance, { reader }: { reader: Reader }): void {
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
    async (request, reply) => {
      const { id } = request.params;
      const { limit, before, after } = request.query;
      const messages = await reader.read("history", (sql) =>
        readMessages({ sql }, request.userId, id, request.query),
      );
      const edge = after === undefined ? messages.at(0) : messages.at(-1);
      if (edge && messages.length === limit) {
        const path = `/messages/conversation/${encodeURIComponent(id)}`;
        reply.header(
          "link",
          nextLink(path, {
            limit,
            ...(after === undefined ? { before: edge.seq } : { before, after: edge.seq }),
          }),
        );
      }
      return messages;
    },
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
    async (request) =>
      reader.read("history", (sql) => readMessageVersions({ sql }, request.userId, request.params.id)),
  );
}
