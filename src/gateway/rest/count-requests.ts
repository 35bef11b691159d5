import type { FastifyInstance } from "fastify";
import type { Logger } from "../../telemetry/logger.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** Asked by machines all the time: they would make every quantile look good. */
const probes = new Set(["/healthz", "/readyz"]);

/** Counts every answered request by its route, never by its address, and logs it at level debug. */
export function countRequests(
  app: FastifyInstance,
  { log, metrics }: { log: Logger; metrics: Pick<Metrics, "requestAnswered" | "restAnswered"> },
): void {
  app.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "unknown";
    if (!probes.has(route)) {
      const { method, id: traceId } = request;
      metrics.requestAnswered("rest", route === "unknown" ? route : `${method} ${route}`);
      metrics.restAnswered(reply.elapsedTime / 1000);
      const ms = Math.round(reply.elapsedTime);
      log.debug({ traceId, method, route, status: reply.statusCode, ms }, "request answered");
    }
    done();
  });
}
