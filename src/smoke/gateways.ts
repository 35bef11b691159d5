import { lookup } from "node:dns/promises";

const PORT = 3000;

/**
 * Where the ready gateways of `cluster` are, each by its pod's address, from the headless Service that lists them.
 * The order is the same for the same pods. @throws an Error that says what to look at when there is none.
 */
export async function findGateways(cluster: string): Promise<string[]> {
  const service = `${cluster}-gateway-pods`;
  // Not resolve4: only lookup knows the namespace's search domains.
  const addresses = await lookup(service, { all: true }).catch((error: NodeJS.ErrnoException) => {
    throw new Error(`no gateway is ready: the Service ${service} has no address (${error.code})`);
  });
  const hosts = addresses.map(({ address, family }) => (family === 6 ? `[${address}]` : address));
  return [...new Set(hosts)].sort().map((host) => `http://${host}:${PORT}`);
}
