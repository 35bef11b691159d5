/**
 * What every program tells of its process, by the names that prom-client's default metrics have. Those are not
 * used: they hold 7 MB, walk all open sockets at each scrape, and export four times as much as anybody looks at.
 */
import { monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";
import Counter from "prom-client/lib/counter.js";
import Gauge from "prom-client/lib/gauge.js";
import type Registry from "prom-client/lib/registry.js";

type Target = InstanceType<typeof Registry>;

/** CPU, memory and start: all are read when they are asked for, and cost nothing in between. */
export function processMetrics(registry: Target): void {
  addGauge(registry, "process_resident_memory_bytes", "Resident memory", () => process.memoryUsage.rss());
  addGauge(registry, "nodejs_heap_size_used_bytes", "Heap in use", () => process.memoryUsage().heapUsed);
  const started = Date.now() / 1000 - process.uptime();
  addGauge(registry, "process_start_time_seconds", "Start, in seconds since 1970", () => started);
  let counted = 0;
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the process",
    registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      const total = (user + system) / 1e6;
      this.inc(total - counted);
      counted = total;
    },
  });
}

/** How long the event loop keeps others waiting, how busy it is, and what collecting garbage takes. */
export function eventLoopMetrics(registry: Target): void {
  // A timer every 20 ms: 0.02% of a core. Each scrape tells of the time since the last one.
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  addGauge(
    registry,
    "nodejs_eventloop_lag_max_seconds",
    "Longest event-loop delay since the last scrape",
    () => nonNegative(delay.max / 1e9),
  );
  // Registered last of the two, so that it is asked last: it begins the next period.
  addGauge(registry, "nodejs_eventloop_lag_p99_seconds", "99th percentile of the same", () => {
    const value = nonNegative(delay.percentile(99) / 1e9);
    delay.reset();
    return value;
  });
  let before = performance.eventLoopUtilization();
  addGauge(
    registry,
    "nodejs_eventloop_utilization",
    "Busy share of the event loop since the last scrape",
    () => {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      return utilization;
    },
  );
  const collected = new Counter({
    name: "nodejs_gc_seconds_total",
    help: "Time that collecting garbage took",
    registers: [registry],
  });
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collected.inc(duration / 1000);
  }).observe({ entryTypes: ["gc"] });
}

/** Before its first sample the histogram answers NaN, or 2^63 as the least value. */
function nonNegative(seconds: number): number {
  return Number.isFinite(seconds) && seconds > 0 && seconds < 1e6 ? seconds : 0;
}

function addGauge(registry: Target, name: string, help: string, value: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(value());
    },
  });
}
