/**
 * Tells the gateways from a process that is none, as the worker: the same packets as a gateway's bus publishes, under
 * a name of its own. It hears nothing, and so costs nothing while it has nothing to say.
 */
import { randomUUID } from "node:crypto";
import { MessageType } from "socket.io-adapter";
import type { Config } from "../config/settings.ts";
import { NAMESPACE, STREAM, toPackets } from "./adapter.ts";
import type { Delivery } from "./delivery.ts";
import { isReady, type RedisClient } from "./redis.ts";

/**
 * @returns a function that tells all gateways. It never rejects: live events are a fast path that may be lost, and
 * `onLost` is told of it. Without Redis there is no way to other processes.
 */
export function createEmitter(
  config: Pick<Config, "REDIS_ADAPTER" | "REDIS_STREAM_MAXLEN">,
  redis: RedisClient | undefined,
  onLost: (error?: unknown) => void = () => {},
): (delivery: Delivery) => Promise<void> {
  const uid = `emitter-${randomUUID()}`;

  async function publish(client: RedisClient, delivery: Delivery): Promise<void> {
    if (config.REDIS_ADAPTER === "streams") {
      const data = JSON.stringify({ batch: [delivery], at: Date.now() });
      const fields = ["uid", uid, "nsp", NAMESPACE, "type", String(MessageType.BROADCAST), "data", data];
      await client.xadd(STREAM, "MAXLEN", "~", config.REDIS_STREAM_MAXLEN, "*", ...fields);
      return;
    }
    for (const packet of toPackets(delivery, Date.now())) {
      const { rooms } = (packet.data as { opts: { rooms: [string] } }).opts;
      const message = JSON.stringify({ ...packet, uid, nsp: NAMESPACE });
      await client.spublish(`socket.io#${NAMESPACE}#${rooms[0]}#`, message);
    }
  }

  return async (delivery) => {
    if (!isReady(redis)) return onLost();
    await publish(redis, delivery).catch(onLost);
  };
}
