import type { FastifyInstance, FastifyReply } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { readMessages, readMessageVersions, readThread } from "../../messaging/read-messages.ts";
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

/** GET /messages/conversation/:id, GET /messages/:id/thread and GET /messages/:id/history. */
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
      const messages = await reader.read("history", (sql) =>
        readMessages({ sql }, request.userId, id, request.query),
      );
      linkToMore(reply, `/messages/conversation/${encodeURIComponent(id)}`, request.query, messages);
      return messages;
    },
  );
  app.get(
    "/messages/:id/thread",
    {
      schema: {
        tags,
        summary:
          "The replies in a message's thread in order of seq: the newest, or those before or after a seq",
        description: "The message itself is not among them; its `thread` says how many there are.",
        operationId: "listThread",
        params: z.object({ id: Uuid.describe("a message's: the thread's root") }),
        querystring: HistoryQuery,
        response: { 200: z.array(Message) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const messages = await reader.read("history", (sql) =>
        readThread({ sql }, request.userId, id, request.query),
      );
      linkToMore(reply, `/messages/${id}/thread`, request.query, messages);
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

/** A full page may have more behind it, on the side towards which it was read. */
function linkToMore(
  reply: FastifyReply,
  path: string,
  { limit, before, after }: z.output<typeof HistoryQuery>,
  messages: readonly Message[],
): void {
  const edge = after === undefined ? messages.at(0) : messages.at(-1);
  if (!edge || messages.length < limit) return;
  const query = after === undefined ? { limit, before: edge.seq } : { limit, before, after: edge.seq };
  reply.header("link", nextLink(path, query));
}
