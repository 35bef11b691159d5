import { readFileSync } from "node:fs";
import type { ConnectionOptions } from "node:tls";
import type { Config } from "../config/settings.ts";

/** `host:port` or `host`, of a list; an IPv6 address stands in brackets. */
export function addressesOf(list: readonly string[], defaultPort: number): { host: string; port: number }[] {
  return list.map((text) => {
    const { hostname, port } = new URL(`redis://${text}`);
    return { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? defaultPort : Number(port) };
  });
}

/** ioredis' option `tls`, or nothing. @throws when REDIS_CA_FILE cannot be read. */
export function tlsOf(config: Pick<Config, "REDIS_URL" | "REDIS_TLS" | "REDIS_CA_FILE">): {
  tls?: ConnectionOptions;
} {
  const wanted = config.REDIS_URL ? config.REDIS_URL.startsWith("rediss:") : config.REDIS_TLS;
  if (!wanted) return {};
  return { tls: config.REDIS_CA_FILE ? { ca: readFileSync(config.REDIS_CA_FILE) } : {} };
}
