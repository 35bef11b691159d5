/** What the worker counts besides its stores and its process: jobs, pushes and the canary. */
import { type Families, families, latencyBuckets, openRegistry, rendered } from "./families.ts";
import { eventLoopMetrics, processMetrics } from "./process-metrics.ts";
import { storeMetrics } from "./store-metrics.ts";

export type WorkerMetrics = ReturnType<typeof createWorkerMetrics>;

/** @param tasks names of all jobs. */
export function createWorkerMetrics(tasks: readonly string[] = []) {
  const registry = openRegistry();
  processMetrics(registry);
  eventLoopMetrics(registry);
  const make = families(registry);
  return { ...rendered(registry), ...storeMetrics(make), ...jobMetrics(make, tasks), ...canaryMetrics(make) };
}

function jobMetrics({ counter, gauge, histogram }: Families, tasks: readonly string[]) {
  const jobs = counter("nexus_jobs_total", "Jobs run by the worker, by task and outcome", {
    task: tasks,
    outcome: ["done", "failed"],
  });
  const waiting = gauge("nexus_jobs_waiting", "Jobs that are due and have not begun, of all workers", 0);
  const oldest = gauge("nexus_jobs_oldest_seconds", "How long the oldest of them has been due", 0);
  const pushOn = gauge("nexus_push_on", "1 while there are credentials for Firebase", 0);
  const pushes = counter(
    "nexus_pushes_total",
    "Pushes handed to Firebase, by kind (notify or clear) and outcome",
    {
      kind: ["notify", "clear"],
      outcome: ["sent", "gone", "later", "unauthorized", "refused"],
    },
  );
  const pushSeconds = histogram(
    "nexus_push_seconds",
    "From a message's sending until Firebase took its push, PUSH_DELAY included",
    [2, 5, 6, 7, 8, 10, 15, 20, 30, 60, 120, 300, 600, 3600],
  );
  return {
    jobFinished: (task: string, outcome: "done" | "failed") => jobs.inc({ task, outcome }),
    jobsWaiting(count: number, oldestSeconds: number) {
      waiting.set(count);
      oldest.set(oldestSeconds);
    },
    pushState: (on: boolean) => pushOn.set(on ? 1 : 0),
    pushed: (kind: "notify" | "clear", outcome: string) => pushes.inc({ kind, outcome }),
    pushedAfter: (seconds: number) => pushSeconds.note(seconds),
  };
}

function canaryMetrics({ counter, gauge, histogram }: Families) {
  const on = gauge("nexus_canary_on", "1 while the canary sends (CANARY_INTERVAL)", 0);
  const ok = gauge(
    "nexus_canary_ok",
    "1 while the canary's last message was delivered, or there is no canary",
    1,
  );
  const messages = counter(
    "nexus_canary_messages_total",
    "The canary's messages: delivered, lost (sent, and not live at its friend within 5 s) or not sent",
    { outcome: ["delivered", "lost", "unsent"] },
  );
  const seconds = histogram(
    "nexus_canary_seconds",
    "From the canary's emit on one gateway to the arrival at its friend on another",
    latencyBuckets,
  );
  return {
    canaryOn: () => on.set(1),
    canarySang(outcome: "delivered" | "lost" | "unsent", after?: number) {
      messages.inc({ outcome });
      ok.set(outcome === "delivered" ? 1 : 0);
      if (after !== undefined) seconds.note(after);
    },
  };
}
