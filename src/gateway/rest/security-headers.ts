import type { FastifyInstance } from "fastify";

/**
 * Headers for every answer. Answers are data of one user: no cache may keep them, and nothing in them may
 * be run or framed, should a browser be pointed at one. A route that needs more (/docs) sets its own.
 */
export function sendSecurityHeaders(app: FastifyInstance): void {
  const headers = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
  app.addHook("onRequest", async (_request, reply) => {
    reply.headers(headers);
  });
}
