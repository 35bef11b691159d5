import type { FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import * as z from "zod";
import { ChatError } from "../../protocol/errors.ts";
import type { Sql } from "../../store/client.ts";

/** Longest wait for Postgres's answer, in ms: less than a probe's usual time-out of some seconds. */
const PROBE_TIMEOUT = 2000;

const Readiness = z.object({
  status: z.literal("ready"),
  database: z.literal(true),
  redis: z.boolean().describe("false: this gateway delivers locally and counts alone, until Redis is back"),
});

/** GET /healthz: the process lives. GET /readyz: it should be given work. */
export function healthRoutes(
  scope: FastifyInstance,
  deps: { sql: Sql; isDraining(): boolean; isRedisReady(): boolean },
): void {
  const app = scope.withTypeProvider<ZodTypeProvider>();
  const tags = ["operation"];
  app.get(
    "/healthz",
    {
      schema: {
        tags,
        summary: "The process lives",
        operationId: "healthz",
        response: { 200: z.object({ status: z.literal("ok") }) },
      },
    },
    async () => ({ status: "ok" as const }),
  );
  app.get(
    "/readyz",
    {
      schema: {
        tags,
        summary: "Ready for work: the database answers and this gateway is not draining",
        operationId: "readyz",
        response: { 200: Readiness },
      },
    },
    async () => {
      if (deps.isDraining())
        throw new ChatError("UNAVAILABLE", "This gateway is draining; use another", { retryAfter: 1 });
      await databaseAnswers(deps.sql);
      return { status: "ready" as const, database: true as const, redis: deps.isRedisReady() };
    },
  );
}

/** @throws ChatError UNAVAILABLE, or what Postgres throws, when no answer comes in time. */
async function databaseAnswers(sql: Sql): Promise<void> {
  const query = sql`select 1`.execute();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      query.cancel();
      reject(new ChatError("UNAVAILABLE", "The database does not answer in time", { retryAfter: 1 }));
    }, PROBE_TIMEOUT);
  });
  try {
    await Promise.race([query, late]);
  } finally {
    clearTimeout(timer);
  }
}
