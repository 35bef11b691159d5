/**
 * Metrics: one function for each business event, which decides what is counted and under which labels.
 * No label ever holds a user, a room or a socket: a process has a few hundred series at the most.
 */
import { connectionMetrics } from "./connection-metrics.ts";
import { families, openRegistry, rendered } from "./families.ts";
import { messageMetrics } from "./message-metrics.ts";
import { eventLoopMetrics, processMetrics } from "./process-metrics.ts";
import { gatewayStoreMetrics, storeMetrics } from "./store-metrics.ts";

export type Metrics = ReturnType<typeof createMetrics>;

/** What a gateway counts. */
export function createMetrics() {
  const registry = openRegistry();
  processMetrics(registry);
  eventLoopMetrics(registry);
  const make = families(registry);
  return {
    ...rendered(registry),
    ...connectionMetrics(make),
    ...messageMetrics(make),
    ...storeMetrics(make),
    ...gatewayStoreMetrics(make),
  };
}
