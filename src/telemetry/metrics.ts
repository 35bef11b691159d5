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
    help: "Deliveries that other gateways were not told of because Redis was away or refused them",
    registers,
  });
  const redisUp = new Gauge({ name: "nexus_redis_up", help: "1 while Redis answers", registers });
  const redisSwitches = new Counter({
    name: "nexus_redis_switches_total",
    help: "Times that Redis was found at another primary than before",
    registers,
  });
  const reads = new Counter({
    name: "nexus_reads_total",
    help: "Reads for which a replica was considered, by kind and target: replica, or primary and why",
    labelNames: ["kind", "target"] as const,
    registers,
  });
  const replicaLag = new Gauge({
    name: "nexus_replica_lag_bytes",
    help: "Log that the replica asked last had yet to replay",
    registers,
  });
  const postgresUp = new Gauge({
    name: "nexus_postgres_writable",
    help: "1 while messages can be written, 0 while sends wait for a primary",
    registers,
  });
  postgresUp.set(1);
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
  const pushes = new Counter({
    name: "nexus_pushes_total",
    help: "Pushes handed to Firebase, by kind (notify or clear) and outcome",
    labelNames: ["kind", "outcome"] as const,
    registers,
  });
  const pushSeconds = new Histogram({
    name: "nexus_push_seconds",
    help: "From a message's sending until Firebase took its push, PUSH_DELAY included",
    buckets: [2, 5, 6, 7, 8, 10, 15, 20, 30, 60, 120, 300, 600, 3600],
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
    eventsLost: (count: number) => unpublished.inc(count),
    redisState: (up: boolean) => redisUp.set(up ? 1 : 0),
    redisSwitched: () => redisSwitches.inc(),
    readAt: (kind: string, target: string) => reads.inc({ kind, target }),
    replicaBehind: (bytes: number) => replicaLag.set(bytes),
    postgresWritable: (writable: boolean) => postgresUp.set(writable ? 1 : 0),
    synced(rows: number, limited: boolean) {
      syncs.inc({ limited: String(limited) });
      syncRows.inc(rows);
    },
    requestFailed: (code: ErrorCode, transport: "socket" | "rest") => errors.inc({ code, transport }),
    rateLimited: (limit: string) => rateLimited.inc({ limit }),
    limitAnsweredLocally: () => limitsLocal.inc(),
    pushed: (kind: "notify" | "clear", outcome: string) => pushes.inc({ kind, outcome }),
    pushedAfter: (seconds: number) => pushSeconds.observe(seconds),
    jobFinished: (task: string, outcome: "done" | "failed") => jobs.inc({ task, outcome }),
  };
}
