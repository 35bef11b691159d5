import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** What a program says of itself. */
export interface Probes {
  render(): Promise<{ contentType: string; body: string }>;
  /** Why it must be started anew; undefined: it lives. Without it, a program that answers lives. */
  dead?(): string | undefined;
  /** What it still waits for; undefined: it is ready. Without it, a program that lives is ready. */
  notReady?(): string | undefined;
}

/** Serves GET /metrics, and GET /healthz and /readyz for probes, on a port of its own. Dispose to stop. */
export async function serveMetrics(
  probes: Probes,
  options: { port: number; host: string },
): Promise<{ port: number } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const judge = (problem: string | undefined) =>
      response.writeHead(problem === undefined ? 200 : 503).end(`${problem ?? "ok"}\n`);
    if (request.url === "/healthz") judge(probes.dead?.());
    else if (request.url === "/readyz") judge(probes.notReady?.());
    else if (request.url === "/metrics") {
      const { contentType, body } = await probes.render();
      response.writeHead(200, { "content-type": contentType }).end(body);
    } else response.writeHead(404).end("see /metrics, /healthz, /readyz\n");
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
