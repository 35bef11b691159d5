import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

/**
 * Serves GET /metrics, and GET /healthz and /readyz for probes, on a port of its own. Dispose to stop.
 * @param options.isReady what /readyz says; without it a process that lives is ready.
 */
export async function serveMetrics(
  metrics: Pick<Metrics, "render">,
  options: { port: number; host: string; isReady?: () => boolean },
): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer(async (request, response) => {
    if (request.url === "/metrics") {
      const { contentType, body } = await metrics.render();
      response.writeHead(200, { "content-type": contentType }).end(body);
    } else if (request.url === "/healthz") response.writeHead(200).end("ok\n");
    else if (request.url === "/readyz") {
      const ready = options.isReady?.() ?? true;
      response.writeHead(ready ? 200 : 503).end(ready ? "ok\n" : "not ready\n");
    } else response.writeHead(404).end("see /metrics\n");
  });
  server.requestTimeout = 10_000;
  server.listen(options.port, options.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
