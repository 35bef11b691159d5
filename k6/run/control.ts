import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A small server by which k6's scripts order what they cannot do themselves. */
export interface Control extends AsyncDisposable {
  readonly url: string;
}

/** Takes `POST /<name>` for each act, on this machine only, and answers 204 when it is done. */
export async function startControl(
  acts: Readonly<Record<string, () => Promise<void>>>,
  tell: (line: string) => void,
): Promise<Control> {
  const server = createServer((request, response) => {
    const name = request.url?.slice(1) ?? "";
    const act = Object.hasOwn(acts, name) ? acts[name] : undefined;
    if (request.method !== "POST" || !act) return void response.writeHead(404).end();
    const began = performance.now();
    tell(`${name} …`);
    act().then(
      () => {
        tell(`${name} done after ${Math.round(performance.now() - began)} ms`);
        response.writeHead(204).end();
      },
      (error: Error) => {
        tell(`${name} failed: ${error.message}`);
        response.writeHead(500).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
