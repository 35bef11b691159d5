/**
 * What the operator counts: one function for each event, which decides the labels. Of prom-client only parts are
 * loaded, and its default metrics are not: they take 7 of the 80 MB that an idle operator should live on.
 */
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import Histogram from "prom-client/lib/histogram.js";
import Registry from "prom-client/lib/registry.js";
import { processMetrics } from "../src/telemetry/process-metrics.ts";
import { createBackupMetrics } from "./backup-metrics.ts";

export type OperatorMetrics = ReturnType<typeof createOperatorMetrics>;

export function createOperatorMetrics() {
  const registry = new Registry();
  const registers = [registry];
  processMetrics(registry);
  const prefix = "nexus_operator";

  const reconciles = new Counter({
    name: `${prefix}_reconciles_total`,
    help: "Looks at a chat cluster; result: ok, problem (told in its status), error (API server)",
    labelNames: ["result"] as const,
    registers,
  });
  for (const result of ["ok", "problem", "error"]) reconciles.inc({ result }, 0);
  const reconcileSeconds = new Histogram({
    name: `${prefix}_reconcile_seconds`,
    help: "Duration of one look at a chat cluster",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const convergeSeconds = new Histogram({
    name: `${prefix}_converge_seconds`,
    help: "From the first sight of a changed spec until the chat cluster is ready",
    buckets: [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800],
    registers,
  });
  const leader = new Gauge({ name: `${prefix}_leader`, help: "1 while this one acts", registers });
  const requests = new Counter({
    name: `${prefix}_api_requests_total`,
    help: "Requests to the API server, by verb, resource and status (0: no answer)",
    labelNames: ["verb", "resource", "status"] as const,
    registers,
  });
  const relists = new Counter({
    name: `${prefix}_relists_total`,
    help: "Lists of a resource: one at start, others after a watch was too old to go on",
    labelNames: ["resource"] as const,
    registers,
  });
  const watchFailures = new Counter({
    name: `${prefix}_watch_failures_total`,
    help: "Lists and watches that failed and were tried again",
    labelNames: ["resource"] as const,
    registers,
  });

  return {
    backups: createBackupMetrics(registry),
    reconciled(result: "ok" | "problem" | "error", seconds: number) {
      reconciles.inc({ result });
      reconcileSeconds.observe(seconds);
    },
    converged: (seconds: number) => convergeSeconds.observe(seconds),
    leads: (leads: boolean) => leader.set(leads ? 1 : 0),
    requested: (verb: string, resource: string, status: number) =>
      requests.inc({ verb, resource, status: String(status) }),
    relisted: (resource: string) => relists.inc({ resource }),
    watchFailed: (resource: string) => watchFailures.inc({ resource }),
    /** How many chat clusters wait to be looked at is asked at each scrape. */
    watchDepth(depth: () => number) {
      new Gauge({
        name: `${prefix}_queue_depth`,
        help: "Chat clusters that wait to be looked at or are being",
        registers,
        collect() {
          this.set(depth());
        },
      });
    },
    async render() {
      return { contentType: registry.contentType, body: await registry.metrics() };
    },
  };
}
