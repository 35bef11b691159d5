import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import {
  type ConversationDependencies,
  createConversation,
  deleteConversation,
  patchConversation,
} from "../../messaging/change-conversation.ts";
import { listConversations, readConversation } from "../../messaging/read-conversations.ts";
import { Conversation, ConversationPatch, NewConversation } from "../../protocol/conversation.ts";
import { Uuid } from "../../protocol/primitives.ts";
import type { Reader } from "../../store/replica-reads.ts";
import { limit, nextLink } from "./pages.ts";

const tags = ["conversations"];
const ConversationId = z.object({ id: Uuid.describe("a conversation's") });
const ListQuery = z.object({ limit, cursor: z.string().max(100).optional().describe("of the page before") });

/** GET and POST /conversations (the list also as GET /messages/conversations/all), GET, PATCH, DELETE /conversations/:id. */
export function conversationRoutes(
  scope: FastifyInstance,
  { conversations, reader }: { conversations: ConversationDependencies; reader: Reader },
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const lists = [
    ["/conversations", "listConversations"],
    ["/messages/conversations/all", "listAllConversations"],
  ] as const;
  for (const [path, operationId] of lists)
    app.get(
      path,
      {
        schema: {
          tags,
          summary:
            "One's conversations with last message, unread count and participants; the last changed first",
          operationId,
          querystring: ListQuery,
          response: { 200: z.array(Conversation) },
        },
      },
      async (request, reply) => {
        const { conversations: page, next } = await reader.read("conversations", (sql) =>
          listConversations({ sql }, request.userId, request.query),
        );
        if (next) reply.header("link", nextLink(path, { limit: request.query.limit, cursor: next }));
        return page;
      },
    );
  app.post(
    "/conversations",
    {
      schema: {
        tags,
        summary: "Make a conversation; a DIRECT one that exists already is answered as it is",
        operationId: "createConversation",
        body: NewConversation,
        response: { 201: Conversation },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await createConversation(conversations, { userId: request.userId }, request.body)),
  );
  app.get(
    "/conversations/:id",
    {
      schema: {
        tags,
        summary: "A conversation",
        operationId: "getConversation",
        params: ConversationId,
        response: { 200: Conversation },
      },
    },
    async (request) =>
      reader.read("conversations", (sql) => readConversation({ sql }, request.userId, request.params.id)),
  );
  app.patch(
    "/conversations/:id",
    {
      schema: {
        tags,
        summary: "Change a conversation, or one's own notification settings in it",
        operationId: "updateConversation",
        params: ConversationId,
        body: ConversationPatch,
        response: { 200: Conversation },
      },
    },
    async (request) =>
      patchConversation(conversations, { userId: request.userId }, request.params.id, request.body),
  );
  app.delete(
    "/conversations/:id",
    {
      schema: {
        tags,
        summary: "Delete a conversation for everybody",
        operationId: "deleteConversation",
        params: ConversationId,
        response: { 204: z.undefined().describe("Deleted") },
      },
    },
    async (request, reply) => {
      await deleteConversation(conversations, { userId: request.userId }, request.params.id);
      return reply.code(204).send();
    },
  );
}
