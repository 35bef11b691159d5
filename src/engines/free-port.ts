import { createServer } from "node:net";

// Below Linux's range for outgoing connections (32768 and up): a port out of that range could be taken by any
// client of ours while the server that owns it is down for a restart.
const lowest = 20_000;
const highest = 31_999;
const attempts = 50;

/** Whether a server could listen on `port` of `host` at this moment. */
export function isPortFree(port: number, host = "127.0.0.1"): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * A TCP port that is free now and that nobody is given by chance; throws after 50 attempts. Between this answer
 * and the listening somebody else may still take it: whoever starts a server on it tries again with another.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest + 1));
    if (await isPortFree(port)) return port;
  }
  throw new Error(`No free TCP port found between ${lowest} and ${highest} on 127.0.0.1.`);
}
