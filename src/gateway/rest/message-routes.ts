import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import {
  type ChangeDependencies,
  deleteMessage,
  editMessage,
  react,
} from "../../messaging/change-message.ts";
import type { MessageSender } from "../../messaging/send-message.ts";
import {
  Message,
  MessageDeleted,
  MessageEdited,
  NewMessage,
  ReactionChanged,
} from "../../protocol/message.ts";
import { Emoji, Uuid } from "../../protocol/primitives.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

const tags = ["messages"];
const MessageId = z.object({ id: Uuid.describe("a message's") });

/** The most conversations that one request forwards into. */
const MAX_FORWARDS = 20;
const Forward = z.object({ conversationIds: z.array(Uuid).min(1).max(MAX_FORWARDS) });

/** Sending and changing messages: POST /messages, PUT and DELETE /messages/:id, reactions and forwarding. */
export function messageRoutes(
  scope: FastifyInstance,
  deps: { sender: MessageSender; changes: ChangeDependencies; metrics: Pick<Metrics, "messageAcknowledged"> },
): void {
  const { sender, changes, metrics } = deps;
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.post(
    "/messages",
    {
      schema: {
        tags,
        summary: "Send a message",
        description:
          "With a `tempId` a repeat is harmless: it is answered with the first one's message, and 200.",
        operationId: "sendMessage",
        body: NewMessage,
        response: { 201: Message, 200: Message },
      },
    },
    async (request, reply) => {
      const actor = { userId: request.userId };
      const arrivedAt = Date.now();
      const { draft } = await sender.prepare(actor, request.body);
      const { sent, message, traceId } = await sender.commit(actor, draft, arrivedAt);
      const seconds = (Date.now() - arrivedAt) / 1000;
      metrics.messageAcknowledged(sent.duplicate ? "duplicate" : "sent", "rest", seconds, traceId);
      return reply.code(sent.duplicate ? 200 : 201).send(message);
    },
  );
  app.put(
    "/messages/:id",
    {
      schema: {
        tags,
        summary: "Replace the content of one's own message; the earlier one is kept",
        operationId: "editMessage",
        params: MessageId,
        body: z.object({ content: z.string() }),
        response: { 200: MessageEdited },
      },
    },
    async (request) =>
      editMessage(changes, { userId: request.userId }, { messageId: request.params.id, ...request.body }),
  );
  app.delete(
    "/messages/:id",
    {
      schema: {
        tags,
        summary: "Delete a message for everyone",
        operationId: "deleteMessage",
        params: MessageId,
        response: { 200: MessageDeleted },
      },
    },
    async (request) => deleteMessage(changes, { userId: request.userId }, { messageId: request.params.id }),
  );
  app.post(
    "/messages/:id/reactions",
    {
      schema: {
        tags,
        summary: "React to a message",
        operationId: "addReaction",
        params: MessageId,
        body: z.object({ emoji: Emoji }),
        response: { 200: ReactionChanged },
      },
    },
    async (request) =>
      react(changes, { userId: request.userId }, { messageId: request.params.id, ...request.body }, true),
  );
  app.delete(
    "/messages/:id/reactions/:emoji",
    {
      schema: {
        tags,
        summary: "Take a reaction back",
        operationId: "removeReaction",
        params: MessageId.extend({ emoji: Emoji }),
        response: { 200: ReactionChanged },
      },
    },
    async (request) => {
      const { id, emoji } = request.params;
      return react(changes, { userId: request.userId }, { messageId: id, emoji }, false);
    },
  );
  app.post(
    "/messages/:id/forward",
    {
      schema: {
        tags,
        summary: "Send what a message says into other conversations",
        description:
          "Into one after the other: the first failure ends it, and what was sent before stays. Without a `tempId`, so a repeat forwards again.",
        operationId: "forwardMessage",
        params: MessageId,
        body: Forward,
        response: { 201: z.array(Message) },
      },
    },
    async (request, reply) => {
      const { conversationIds } = request.body;
      const messages = await sender.forward({ userId: request.userId }, request.params.id, conversationIds);
      return reply.code(201).send(messages);
    },
  );
}
