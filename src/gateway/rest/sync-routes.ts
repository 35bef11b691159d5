import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { syncSince, type TimedCursor } from "../../messaging/read-messages.ts";
import { sync } from "../../messaging/sync.ts";
import { Timestamp, Uuid, Version } from "../../protocol/primitives.ts";
import { SyncedMessage, SyncRequest, SyncResponse } from "../../protocol/sync.ts";
import type { Reader } from "../../store/replica-reads.ts";
import { nextLink } from "./pages.ts";

const tags = ["sync"];

/** The most messages of one answer of the timed sync. */
const MAX_TIMED = 500;

// In UTC, since Postgres refuses offsets beyond 16 hours, and from the year 1 on, since it knows no year 0.
const StorableTimestamp = Timestamp.transform((text) => new Date(text).toISOString()).refine(
  (text) => text >= "0001" && text < "9999-12-31",
  { error: "must be a time that a message may have" },
);

const Cursor = z
  .string()
  .max(512)
  .transform((text, context): TimedCursor => {
    const parts: unknown = parse(Buffer.from(text, "base64url").toString("utf8"));
    const cursor = z
      .object({ at: StorableTimestamp, conversationId: Uuid, version: Version })
      .safeParse(parts);
    if (cursor.success) return cursor.data;
    context.addIssue("take it from the answer before, as it is");
    return z.NEVER;
  });

const TimedQuery = z.object({
  lastMessageTimestamp: StorableTimestamp.describe("of the last message that the client has"),
  limit: z.coerce.number().int().min(1).max(MAX_TIMED).default(MAX_TIMED),
  cursor: Cursor.optional().describe("in the `Link` of the page before"),
});

/** POST /sync and GET /messages/sync: catching up by versions, and by time. */
export function syncRoutes(scope: FastifyInstance, { reader }: { reader: Reader }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.post(
    "/sync",
    {
      schema: {
        tags,
        summary:
          "What changed since the versions that the client holds: complete, or `limited` with a cursor",
        operationId: "sync",
        body: SyncRequest,
        response: { 200: SyncResponse },
      },
    },
    async (request) => reader.read("sync", (sql) => sync({ sql }, request.userId, request.body)),
  );
  app.get(
    "/messages/sync",
    {
      schema: {
        tags,
        summary: "All messages and changes since a time, oldest first",
        description:
          'Goes on at `Link: <…>; rel="next"`, if there is one. Times of different conversations may overlap by a moment: drop what you have. POST /sync is exact.',
        operationId: "syncSince",
        querystring: TimedQuery,
        response: { 200: z.array(SyncedMessage) },
      },
    },
    async (request, reply) => {
      const { lastMessageTimestamp, limit, cursor } = request.query;
      const { messages, next } = await reader.read("sync", (sql) =>
        syncSince({ sql }, request.userId, lastMessageTimestamp, limit, cursor),
      );
      if (next) {
        const text = Buffer.from(JSON.stringify(next)).toString("base64url");
        reply.header("link", nextLink("/messages/sync", { lastMessageTimestamp, limit, cursor: text }));
      }
      return messages;
    },
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
