import { setTimeout as delay } from "node:timers/promises";
import type { Fcm } from "../push/fcm.ts";
import type { Sql } from "../store/client.ts";
import { readJobBacklog } from "../store/job-backlog.ts";
import type { WorkerMetrics } from "../telemetry/worker-metrics.ts";

const EVERY = 5000;

/** Tells every 5 s how many jobs wait and whether push is on, until `stop` fires. While Postgres is away the last word stands. */
export async function watchBacklog(
  deps: { sql: Sql; fcm: Pick<Fcm, "on">; metrics: Pick<WorkerMetrics, "jobsWaiting" | "pushState"> },
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    deps.metrics.pushState(deps.fcm.on);
    await readJobBacklog(deps.sql).then(
      ({ waiting, oldest }) => deps.metrics.jobsWaiting(waiting, oldest),
      () => {},
    );
    await delay(EVERY, undefined, { signal: stop }).catch(() => {});
  }
}
