import type { FastifyInstance } from "fastify";
import type { Identity } from "../../identity/identity.ts";
import { ChatError } from "../../protocol/errors.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who is asking; on routes that `requireBearer` guards only. */
    userId: string;
  }
}

/**
 * Guards all routes that are registered on `scope` after it: they need `Authorization: Bearer` and have
 * `request.userId`. The check comes before the body is read. In the OpenAPI document they say so.
 */
export function requireBearer(scope: FastifyInstance, identity: Pick<Identity, "authenticate">): void {
  scope.addHook("onRoute", (route) => {
    route.schema = { ...route.schema, security: [{ bearer: [] }] };
  });
  scope.addHook("onRequest", async (request, reply) => {
    const [scheme, token, ...rest] = (request.headers.authorization ?? "").split(" ");
    if (scheme?.toLowerCase() !== "bearer" || !token || rest.length > 0)
      throw new ChatError("UNAUTHENTICATED", "Send an access token: Authorization: Bearer …");
    try {
      request.userId = (await identity.authenticate(token)).userId;
    } catch (error) {
      if (error instanceof ChatError && error.code === "UNAUTHENTICATED")
        reply.header("www-authenticate", 'Bearer realm="nexus", error="invalid_token"');
      throw error;
    }
  });
}
