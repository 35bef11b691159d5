import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { search } from "../../messaging/search.ts";
import { text, Uuid } from "../../protocol/primitives.ts";
import { SearchHit } from "../../protocol/search.ts";
import type { Reader } from "../../store/replica-reads.ts";
import { limit, nextLink, seqParameter } from "./pages.ts";

const SearchQuery = z.object({
  q: text(500, 1).describe(
    '`two words` are both there, `"a phrase"` is there as it is, `one or another`, `-without`; case and accents do not matter; the last word may be the beginning of one, from 3 letters on',
  ),
  conversationId: Uuid.optional().describe("only in this conversation"),
  limit,
  cursor: seqParameter.optional().describe("in the `Link` of the page before"),
});

/** GET /messages/search. */
export function searchRoutes(scope: FastifyInstance, { reader }: { reader: Reader }): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  app.get(
    "/messages/search",
    {
      schema: {
        tags: ["messages"],
        summary: "Messages that match, newest first, of one's own conversations",
        description:
          "A message is found about a second after it was sent. Deleted and encrypted ones are not found. A page may be shorter than `limit` though there is more: go on while there is a `Link`.",
        operationId: "searchMessages",
        querystring: SearchQuery,
        response: { 200: z.array(SearchHit) },
      },
    },
    async (request, reply) => {
      const { q, conversationId, limit, cursor } = request.query;
      const { hits, next } = await reader.read("history", (sql) =>
        search({ sql }, request.userId, { q, conversationId, limit, before: cursor }),
      );
      if (next !== undefined)
        reply.header("link", nextLink("/messages/search", { q, conversationId, limit, cursor: next }));
      return hits;
    },
  );
}
