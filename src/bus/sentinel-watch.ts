/**
 * Hears from the sentinels that the primary has moved, for all connections that a process has to it: ioredis'
 * own detector makes a connection to each sentinel for each of them, prints their errors, and comes back to a
 * restarted sentinel only after a minute.
 */

import type { Config } from "../config/settings.ts";
import { Redis } from "./mended-ioredis.ts";
import { addressesOf, tlsOf } from "./redis-address.ts";
import { watchSilence } from "./silence.ts";

export interface SentinelWatch {
  /** Reconnects the client whenever the primary moves, until it ends; with the last one the watch ends. */
  follow(client: Redis): void;
}

export type SentinelConfig = Pick<
  Config,
  | "REDIS_URL"
  | "REDIS_SENTINELS"
  | "REDIS_SENTINEL_NAME"
  | "REDIS_SENTINEL_PASSWORD"
  | "REDIS_PASSWORD"
  | "REDIS_TLS"
  | "REDIS_CA_FILE"
>;

const SWITCHED = "+switch-master";

/** ioredis shows these to nobody else. */
interface Internals {
  retryAttempts: number;
  stream?: { destroy(): void };
  connector: { sentinelIterator: { cursor: number; sentinels: unknown[]; reset(): void } };
}

/** Sentinels without a password of their own have that of the servers. */
export function sentinelPasswordOf(config: SentinelConfig): string | undefined {
  return config.REDIS_SENTINEL_PASSWORD ?? config.REDIS_PASSWORD;
}

export function watchSentinels(config: SentinelConfig): SentinelWatch {
  const followers = new Set<Redis>();
  let sentinels: Redis[] = [];
  let primary: string | undefined;

  function moved(to: string): void {
    const first = primary === undefined;
    if (to === primary) return; // each sentinel says it
    primary = to;
    if (!first) for (const client of followers) reconnect(client);
  }

  function listen({ host, port }: { host: string; port: number }): Redis {
    const password = sentinelPasswordOf(config);
    const sentinel = new Redis({
      host,
      port,
      ...(password !== undefined && { password }),
      ...tlsOf(config),
      connectTimeout: 1000,
      retryStrategy: (attempt) => Math.min(100 * attempt, 2000),
      maxRetriesPerRequest: null,
      enableReadyCheck: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
    });
    sentinel.on("error", () => {}); // a sentinel that is away is the others' case
    sentinel.on("ready", () => void ask(sentinel));
    sentinel.on("message", (_channel, message) => {
      // <name> <old host> <old port> <new host> <new port>
      const [name, , , newHost, newPort] = message.split(" ");
      if (name === config.REDIS_SENTINEL_NAME) moved(`${newHost}:${newPort}`);
    });
    watchSilence(sentinel);
    return sentinel;
  }

  /** First it listens and then it asks, so that a switch in between is not missed. */
  async function ask(sentinel: Redis): Promise<void> {
    try {
      await sentinel.subscribe(SWITCHED);
      const answer = await sentinel.call("SENTINEL", "get-master-addr-by-name", config.REDIS_SENTINEL_NAME);
      if (Array.isArray(answer)) moved(answer.join(":"));
    } catch {
      // Lost again, and asked again when it is back; or it speaks only RESP2 and takes no question after this.
    }
  }

  return {
    follow(client) {
      if (followers.size === 0)
        sentinels = addressesOf(config.REDIS_SENTINELS ?? [], 26_379).map((address) => listen(address));
      followers.add(client);
      client.on("close", () => rewind(client));
      client.once("end", () => {
        followers.delete(client);
        if (followers.size > 0) return;
        for (const sentinel of sentinels) sentinel.disconnect();
        primary = undefined;
      });
    },
  };
}

/** ioredis goes on through its list of sentinels from where it was, and would call its end "all unreachable". */
function rewind(client: Redis): void {
  const { sentinelIterator } = (client as unknown as Internals).connector;
  if (sentinelIterator.cursor >= sentinelIterator.sentinels.length) sentinelIterator.reset();
}

/** Leaves the old primary at once, without the goodbye that a stopped one would never answer. */
function reconnect(client: Redis): void {
  const internals = client as unknown as Internals;
  internals.retryAttempts = 0;
  if (client.status === "reconnecting") client.connect().catch(() => {});
  else internals.stream?.destroy();
}
