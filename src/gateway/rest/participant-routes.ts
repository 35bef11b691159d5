import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import type { ConversationDependencies } from "../../messaging/change-conversation.ts";
import { addParticipants, patchParticipant, removeParticipant } from "../../messaging/change-participants.ts";
import { NewParticipants, Participant, ParticipantPatch } from "../../protocol/conversation.ts";
import { UserId, Uuid } from "../../protocol/primitives.ts";

const tags = ["conversations"];
const ConversationId = z.object({ id: Uuid.describe("a conversation's") });
const ParticipantId = ConversationId.extend({ userId: UserId });

const Additions = NewParticipants.refine(
  ({ participantIds, userIds, userId }) => participantIds ?? userIds ?? userId,
  { error: "required", path: ["participantIds"] },
);

/** POST /conversations/:id/participants, PATCH and DELETE /conversations/:id/participants/:userId. */
export function participantRoutes(
  scope: FastifyInstance,
  { conversations }: { conversations: ConversationDependencies },
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.post(
    "/conversations/:id/participants",
    {
      schema: {
        tags,
        summary: "Add people to a conversation; who is in it already stays as they are",
        operationId: "addParticipants",
        params: ConversationId,
        body: Additions,
        response: { 201: z.array(Participant) },
      },
    },
    async (request, reply) => {
      const { participantIds = [], userIds = [], userId } = request.body;
      const ids = [...participantIds, ...userIds, ...(userId === undefined ? [] : [userId])];
      const actor = { userId: request.userId };
      const participants = await addParticipants(conversations, actor, request.params.id, ids);
      return reply.code(201).send(participants);
    },
  );
  app.patch(
    "/conversations/:id/participants/:userId",
    {
      schema: {
        tags,
        summary: "Change a participant's role, permissions or status; BANNED removes them and keeps them out",
        operationId: "updateParticipant",
        params: ParticipantId,
        body: ParticipantPatch,
        response: { 200: Participant, 204: z.undefined().describe("Banned, and so no participant any more") },
      },
    },
    async (request, reply) => {
      const { id, userId } = request.params;
      const actor = { userId: request.userId };
      const participant = await patchParticipant(conversations, actor, id, userId, request.body);
      return participant ? reply.code(200).send(participant) : reply.code(204).send();
    },
  );
  app.delete(
    "/conversations/:id/participants/:userId",
    {
      schema: {
        tags,
        summary: "Leave (oneself) or remove somebody",
        operationId: "removeParticipant",
        params: ParticipantId,
        response: { 204: z.undefined().describe("Out, on every gateway") },
      },
    },
    async (request, reply) => {
      const { id, userId } = request.params;
      await removeParticipant(conversations, { userId: request.userId }, id, userId);
      return reply.code(204).send();
    },
  );
}
