import type { ErrorCode } from "../protocol/errors.ts";
import { errorCodes } from "../protocol/errors.ts";
import { disconnectReasons } from "../protocol/server-events.ts";
import { type Families, latencyBuckets } from "./families.ts";

export type Transport = "socket" | "rest";
const transports: readonly Transport[] = ["socket", "rest"];

/** Connections, requests over them, and what was refused. */
export function connectionMetrics({ counter, gauge, histogram }: Families) {
  const connections = gauge("nexus_connections", "Open socket connections", 0);
  const limit = gauge(
    "nexus_connections_limit",
    "Most connections that this gateway accepts (WS_MAX_CONNECTIONS)",
  );
  const connected = counter("nexus_connected_total", "Sockets accepted");
  const refused = counter("nexus_connections_refused_total", "Handshakes refused, by error code", {
    code: errorCodes,
  });
  const forced = counter("nexus_forced_disconnects_total", "Sockets closed by the gateway, by reason", {
    reason: disconnectReasons,
  });
  const draining = gauge("nexus_draining", "1 from the signal to stop until the end", 0);
  const drained = counter("nexus_drained_total", "Sockets sent to other gateways while draining");
  const requests = counter("nexus_requests_total", "Requests answered, by transport and event or route", {}, [
    "transport",
    "request",
  ]);
  const errors = counter("nexus_errors_total", "Failed requests, by error code and transport", {
    code: errorCodes,
    transport: transports,
  });
  const restSeconds = histogram("nexus_rest_seconds", "REST requests, probes aside", latencyBuckets);
  const rateLimited = counter("nexus_rate_limited_total", "Requests refused by a limit, by limit", {
    limit: [
      "messages_per_minute",
      "messages_per_hour",
      "conversation_per_minute",
      "uploads_per_hour",
      "logins_of_email",
      "logins_of_address",
    ],
  });
  const limitsLocal = counter(
    "nexus_rate_limits_local_total",
    "Limit checks answered from memory because Redis was away",
  );

  return {
    connectionLimit: (most: number) => limit.set(most),
    socketConnected(open: number) {
      connected.add(1);
      connections.set(open);
    },
    socketDisconnected: (open: number) => connections.set(open),
    connectionRefused: (code: ErrorCode) => refused.inc({ code }),
    forcedDisconnect: (reason: string) => forced.inc({ reason }),
    drainBegan: () => draining.set(1),
    drained: () => drained.add(1),
    requestAnswered: (transport: Transport, request: string) => requests.inc({ transport, request }),
    restAnswered: (seconds: number) => restSeconds.note(seconds),
    requestFailed: (code: ErrorCode, transport: Transport) => errors.inc({ code, transport }),
    rateLimited: (name: string) => rateLimited.inc({ limit: name }),
    limitAnsweredLocally: () => limitsLocal.add(1),
  };
}
