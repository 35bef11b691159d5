import { isUtf8 } from "node:buffer";
import type { FastifyInstance } from "fastify";
import { ChatError } from "../../protocol/errors.ts";

/**
 * Reads JSON bodies, and nothing else. Bytes that are not UTF-8 are refused: to replace them would
 * store another message than the one that was sent. An empty body is none, which the route's schema
 * judges: many clients name a content type even when they DELETE.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body: Buffer, done) => {
    if (body.length === 0) return done(null, undefined);
    if (!isUtf8(body)) return done(new ChatError("VALIDATION_FAILED", "The body is not valid UTF-8"));
    parse(request, body.toString("utf8"), done);
  });
}
