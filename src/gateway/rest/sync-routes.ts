import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import { sync } from "../../messaging/sync.ts";
import { SyncRequest, SyncResponse } from "../../protocol/sync.ts";
import type { Sql } from "../../store/client.ts";

/** POST /sync: catching up by versions. */
export function syncRoutes(scope: FastifyInstance, { sql }: { sql: Sql }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.post(
    "/sync",
    {
      schema: {
        tags: ["sync"],
        summary:
          "What changed since the versions that the client holds: complete, or `limited` with a cursor",
        operationId: "sync",
        body: SyncRequest,
        response: { 200: SyncResponse },
      },
    },
    async (request) => sync({ sql }, request.userId, request.body),
  );
}
