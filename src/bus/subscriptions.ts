/**
 * Keeps sharded subscriptions. The sharded adapter asks for each once and looks at no answer: one that is
 * refused while shards change hands would end the process as an unhandled rejection, and be missing from then on.
 */
import { Cluster } from "./mended-ioredis.ts";
import type { RedisClient } from "./redis.ts";

const RETRY = 250;
/** Channels in one command. */
const BATCH = 500;

type Ask = (...channels: string[]) => Promise<unknown>;

/**
 * The same client; what it was once asked to subscribe to is asked for again until it is granted, and anew with
 * each new connection. `ssubscribe` and `sunsubscribe` never reject.
 */
export function keepSubscribed(client: RedisClient): RedisClient {
  const wanted = new Set<string>();
  const missing = new Set<string>();
  const subscribe = client.ssubscribe.bind(client) as Ask;
  const unsubscribe = client.sunsubscribe.bind(client) as Ask;
  let waits = false;

  /** ioredis throws, rather than rejects, for a slot that nobody has. */
  async function ask(channels: string[]): Promise<void> {
    try {
      await subscribe(...channels);
    } catch {
      for (const channel of channels) if (wanted.has(channel)) missing.add(channel);
      if (!waits) setTimeout(askMissing, RETRY).unref();
      waits = true;
    }
  }

  function askMissing(): void {
    waits = false;
    if (client.status === "end") return;
    const channels = [...missing].filter((channel) => wanted.has(channel));
    missing.clear();
    if (client instanceof Cluster) for (const channel of channels) void ask([channel]);
    else for (let i = 0; i < channels.length; i += BATCH) void ask(channels.slice(i, i + BATCH));
  }

  if (!(client instanceof Cluster)) {
    // ioredis itself would ask anew only for what the last connection had been granted.
    Object.assign(client.options, { autoResubscribe: false });
    client.on("ready", () => {
      for (const channel of wanted) missing.add(channel);
      askMissing();
    });
  }
  return Object.assign(client, {
    ssubscribe(channel: string) {
      wanted.add(channel);
      return ask([channel]);
    },
    async sunsubscribe(channel: string) {
      wanted.delete(channel);
      try {
        await unsubscribe(channel);
      } catch {
        // Somebody else's packets are left undelivered; with the connection the subscription goes too.
      }
    },
  });
}
