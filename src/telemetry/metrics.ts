/**
 * Metrics: one function for each business event, which decides what is counted and under which labels.
 * No label ever holds a user, a room or a socket: a process has a few hundred series at the most.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ErrorCode } from "../protocol/errors.ts";

/** Edges in seconds; exactly on the goals of 50 and 100 ms. */
const latencyBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

export type Metrics = ReturnType<typeof createMetrics>;

export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const connections = new Gauge({ name: "nexus_connections", help: "Open socket connections", registers });
  const connected = new Counter({ name: "nexus_connected_total", help: "Sockets accepted", registers });
  const refused = new Counter({
    name: "nexus_connections_refused_total",
    help: "Handshakes refused, by error code",
    labelNames: ["code"] as const,
    registers,
  });
  const forced = new Counter({
    name: "nexus_forced_disconnects_total",
    help: "Sockets closed by the gateway, by reason",
    labelNames: ["reason"] as const,
    registers,
  });
  const sent = new Counter({
    name: "nexus_messages_sent_total",
    help: "Messages acknowledged; outcome: sent or duplicate",
    labelNames: ["outcome"] as const,
    registers,
  });
  const sendSeconds = new Histogram({
    name: "nexus_send_seconds",
    help: "From a send's arrival at the gateway to its acknowledgement",
    buckets: latencyBuckets,
    registers,
  });
  const batchSize = new Histogram({
    name: "nexus_send_batch_size",
    help: "Messages written by one statement",
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
    registers,
  });
  const commitSeconds = new Histogram({
    name: "nexus_commit_seconds",
    help: "Duration of the statement that writes messages",
    buckets: latencyBuckets,
    registers,
  });
  const delivered = new Counter({
    name: "nexus_events_delivered_total",
    help: "Events handed to local sockets' rooms, by event",
    labelNames: ["event"] as const,
    registers,
  });
  const unpublished = new Counter({
    name: "nexus_events_unpublished_total",
    help: "Deliveries that other gateways were not told of because Redis was away",
    registers,
  });
  const redisUp = new Gauge({ name: "nexus_redis_up", help: "1 while Redis answers", registers });
  const syncs = new Counter({
    name: "nexus_syncs_total",
    help: "SYNC answers; limited: whether there was more",
    labelNames: ["limited"] as const,
    registers,
  });
  const syncRows = new Counter({
    name: "nexus_sync_messages_total",
    help: "Messages in SYNC answers",
    registers,
  });
  const errors = new Counter({
    name: "nexus_errors_total",
    help: "Failed requests, by error code and transport",
    labelNames: ["code", "transport"] as const,
    registers,
  });
  const rateLimited = new Counter({
    name: "nexus_rate_limited_total",
    help: "Requests refused by a limit, by limit",
    labelNames: ["limit"] as const,
    registers,
  });
  const limitsLocal = new Counter({
    name: "nexus_rate_limits_local_total",
    help: "Limit checks answered from memory because Redis was away",
    registers,
  });
  const jobs = new Counter({
    name: "nexus_jobs_total",
    help: "Jobs run by the worker, by task and outcome",
    labelNames: ["task", "outcome"] as const,
    registers,
  });

  return {
    /** OpenMetrics text of everything counted so far, with its content type. */
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
    socketConnected(open: number) {
      connected.inc();
      connections.set(open);
    },
    socketDisconnected: (open: number) => connections.set(open),
    connectionRefused: (code: ErrorCode) => refused.inc({ code }),
    forcedDisconnect: (reason: string) => forced.inc({ reason }),
    messageAcknowledged(outcome: "sent" | "duplicate", seconds: number) {
      sent.inc({ outcome });
      sendSeconds.observe(seconds);
    },
    batchWritten(size: number, seconds: number) {
      batchSize.observe(size);
      commitSeconds.observe(seconds);
    },
    eventDelivered: (event: string) => delivered.inc({ event }),
    eventUnpublished: () => unpublished.inc(),
    redisState: (up: boolean) => redisUp.set(up ? 1 : 0),
    synced(rows: number, limited: boolean) {
      syncs.inc({ limited: String(limited) });
      syncRows.inc(rows);
    },
    requestFailed: (code: ErrorCode, transport: "socket" | "rest") => errors.inc({ code, transport }),
    rateLimited: (limit: string) => rateLimited.inc({ limit }),
    limitAnsweredLocally: () => limitsLocal.inc(),
    jobFinished: (task: string, outcome: "done" | "failed") => jobs.inc({ task, outcome }),
  };
}
