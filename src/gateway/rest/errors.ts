import type { Socket } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Problem } from "../../protocol/errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import { PROBLEM_TYPE, problem, problemOf } from "./problem.ts";

/** Answers with a problem document and the headers that belong to it. */
export function sendProblem(reply: FastifyReply, body: Problem): FastifyReply {
  if (body.retryAfter !== undefined) reply.header("retry-after", Math.ceil(body.retryAfter));
  if (body.code === "UNAUTHENTICATED" && !reply.hasHeader("www-authenticate"))
    reply.header("www-authenticate", 'Bearer realm="nexus"');
  return reply.code(body.status).header("content-type", PROBLEM_TYPE).send(JSON.stringify(body));
}

/**
 * The one place where errors become answers. INTERNAL ones are logged with the trace id that the client
 * is given, and outages with their cause; a request's body and headers are never logged.
 */
export function createErrorHandler(log: Logger, metrics: Pick<Metrics, "requestFailed">) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const answer = problemOf(error, request.id);
    const where = { traceId: request.id, method: request.method, route: request.routeOptions?.url };
    if (answer.code === "INTERNAL") log.error({ ...where, err: error }, "request failed");
    else if (answer.code === "UNAVAILABLE") log.warn({ ...where, err: error }, "request could not be served");
    metrics.requestFailed(answer.code, "rest");
    // A body that has not come by now is not waited for.
    if (answer.code === "UNAVAILABLE" && !request.raw.complete) reply.header("connection", "close");
    return sendProblem(reply, answer);
  };
}

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;

/** Unknown addresses are NOT_FOUND; known ones with another method are 405 and told which would do. */
export function answerUnknownRoutes(app: FastifyInstance, metrics: Pick<Metrics, "requestFailed">): void {
  const routes: { pattern: RegExp; methods: string[] }[] = [];
  app.addHook("onRoute", (route) => {
    const source = route.url
      .split("/")
      .map((part) => (part.startsWith(":") ? "[^/]+" : part.replace(/[^\w-]/g, "\\$&")));
    routes.push({ pattern: new RegExp(`^${source.join("/")}$`), methods: [route.method].flat() });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const found = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    const allowed = METHODS.filter((method) => found.includes(method));
    const answer =
      allowed.length === 0
        ? problem("NOT_FOUND", "There is nothing at this address; GET /openapi.json tells what there is")
        : problem("VALIDATION_FAILED", `Use ${allowed.join(" or ")} here`, {
            status: 405,
            title: "Method not allowed",
          });
    if (allowed.length > 0) reply.header("allow", allowed.join(", "));
    metrics.requestFailed(answer.code, "rest");
    return sendProblem(reply, answer);
  });
}

/** Answers what is not even HTTP, as far as there is still somebody to answer. */
export function answerBrokenHttp(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const [status, answer] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? [
          "431 Request Header Fields Too Large",
          problem("PAYLOAD_TOO_LARGE", "The headers are too large", { status: 431 }),
        ]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? [
            "408 Request Timeout",
            problem("VALIDATION_FAILED", "The request did not arrive in time", { status: 408 }),
          ]
        : ["400 Bad Request", problem("VALIDATION_FAILED", "This is not a valid HTTP request")];
  const body = JSON.stringify(answer);
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
