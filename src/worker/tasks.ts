/** The worker's tasks, and when those run that nobody enqueues. */
import type { JobHelpers, TaskList } from "graphile-worker";
import type { RedisClient } from "../bus/redis.ts";
import type { Config } from "../config/settings.ts";
import type { Fcm } from "../push/fcm.ts";
import type { Sql } from "../store/client.ts";
import type { TaskName } from "../store/jobs.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Traces } from "../telemetry/traces.ts";
import type { WorkerMetrics } from "../telemetry/worker-metrics.ts";
import { attachmentSweep } from "./tasks/attachment-sweep.ts";
import { deviceRetention } from "./tasks/device-retention.ts";
import { linkPreview } from "./tasks/link-preview.ts";
import { presenceSweep } from "./tasks/presence-sweep.ts";
import { pushClear } from "./tasks/push-clear.ts";
import { pushNotify } from "./tasks/push-notify.ts";
import { refreshTokenRetention } from "./tasks/refresh-token-retention.ts";

export interface TaskDependencies {
  sql: Sql;
  redis: RedisClient | undefined;
  log: Logger;
  traces?: Pick<Traces, "resume">;
  metrics: Pick<WorkerMetrics, "jobFinished" | "pushed" | "pushedAfter">;
  fcm: Fcm;
  config: Config;
  /** Fires when the worker is to stop; a task's own signal fires when it must have ended. */
  stopping: AbortSignal;
}

type Task = (deps: TaskDependencies, stop: AbortSignal, payload: unknown) => Promise<void>;

const tasks: Record<TaskName, Task> = {
  presence_sweep: presenceSweep,
  refresh_token_retention: refreshTokenRetention,
  device_retention: deviceRetention,
  push_notify: pushNotify,
  push_clear: pushClear,
  link_preview: linkPreview,
  attachment_sweep: attachmentSweep,
};

export const taskNames = Object.keys(tasks) as readonly TaskName[];

/** In UTC. A run that was missed is not made up for; one that still waits is replaced by the next. */
export const crontab = `
* * * * * presence_sweep ?max=1&jobKey=presence_sweep&jobKeyMode=replace
23 * * * * refresh_token_retention ?max=3&jobKey=refresh_token_retention&jobKeyMode=replace
*/10 * * * * attachment_sweep ?max=3&jobKey=attachment_sweep&jobKeyMode=replace
41 3 * * * device_retention ?max=3&jobKey=device_retention&jobKeyMode=replace
`;

/** The tasks for graphile-worker, each counted as `nexus_jobs_total` when it is done or has failed. */
export function taskList(deps: TaskDependencies): TaskList {
  return Object.fromEntries(
    Object.entries(tasks).map(([name, task]) => [
      name,
      async (payload: unknown, helpers: JobHelpers) => {
        try {
          await task(deps, helpers.abortSignal, payload);
          deps.metrics.jobFinished(name, "done");
        } catch (error) {
          deps.metrics.jobFinished(name, "failed");
          throw error; // graphile-worker logs it and tries again, later and later
        }
      },
    ]),
  );
}
