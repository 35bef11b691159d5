import type { DisconnectReason } from "../../protocol/server-events.ts";
import type { Metrics } from "../../telemetry/metrics.ts";
import type { ChatNamespace, ChatSocket } from "./types.ts";

/** Tells a client why, then ends its connection for good: a server's disconnect is not retried by clients. */
export function forceDisconnect(
  socket: ChatSocket,
  reason: DisconnectReason,
  metrics: Pick<Metrics, "forcedDisconnect">,
): void {
  metrics.forcedDisconnect(reason);
  socket.emit("FORCE_DISCONNECT", { reason, timestamp: new Date().toISOString() });
  socket.disconnect(true);
}

/**
 * Ends connections whose token has expired, and those of bare clients that have been silent for
 * `idleTimeout` ms (0: never). Heartbeats are not events; HEALTH_CHECK is one.
 * @returns what stops the watch.
 */
export function watchConnections(
  namespace: ChatNamespace,
  idleTimeout: number,
  metrics: Pick<Metrics, "forcedDisconnect">,
): () => void {
  const every = Math.min(1000, Math.max(50, idleTimeout > 0 ? idleTimeout / 10 : 1000));
  const timer = setInterval(() => {
    const now = Date.now();
    const oldest = performance.now() - idleTimeout;
    for (const socket of namespace.sockets.values()) {
      if (socket.data.expiresAt <= now) forceDisconnect(socket, "TOKEN_EXPIRED", metrics);
      else if (idleTimeout > 0 && socket.data.lastEvent < oldest)
        forceDisconnect(socket, "INACTIVE", metrics);
    }
  }, every);
  timer.unref();
  return () => clearInterval(timer);
}
