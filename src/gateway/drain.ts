import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { ChatNamespace } from "./socket/types.ts";

/**
 * Connections that are sent elsewhere each second: other gateways must take them, at most 50 a second. They come after
 * random delays: of 50 sent in each second, 56 came in the busiest one.
 */
const RATE = 40;
const TICK = 100;

/**
 * Moves the clients to other gateways: each is told `RECONNECT {delayMs}` and its transport closed, in
 * paced batches, all within `deadline` ms. A client retries by itself after a closed transport; after a
 * server's disconnect it would not.
 */
export async function drainConnections(
  namespace: ChatNamespace,
  deadline: number,
  log: Logger,
  metrics: Pick<Metrics, "drained">,
): Promise<void> {
  const sockets = [...namespace.sockets.values()];
  if (sockets.length === 0) return;
  const ticks = Math.max(
    1,
    Math.min(Math.ceil((sockets.length / RATE) * (1000 / TICK)), Math.floor(deadline / TICK)),
  );
  const each = Math.ceil(sockets.length / ticks);
  log.info({ connections: sockets.length, seconds: (ticks * TICK) / 1000 }, "draining");
  for (let start = 0; start < sockets.length; start += each) {
    for (const socket of sockets.slice(start, start + each)) {
      if (!socket.connected) continue;
      socket.emit("RECONNECT", { delayMs: Math.floor(Math.random() * 1000) });
      socket.conn.close();
      metrics.drained();
    }
    if (start + each < sockets.length) await delay(TICK);
  }
}
