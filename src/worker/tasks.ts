/** The worker's tasks, and when those run that nobody enqueues. */
import type { JobHelpers, TaskList } from "graphile-worker";
import type { RedisClient } from "../bus/redis.ts";
import type { Sql } from "../store/client.ts";
import type { TaskName } from "../store/jobs.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { presenceSweep } from "./tasks/presence-sweep.ts";
import { refreshTokenRetention } from "./tasks/refresh-token-retention.ts";

export interface TaskDependencies {
  sql: Sql;
  redis: RedisClient | undefined;
  log: Logger;
  metrics: Pick<Metrics, "jobFinished">;
}

type Task = (deps: TaskDependencies, stop: AbortSignal, payload: unknown) => Promise<void>;

const tasks: Record<TaskName, Task> = {
  presence_sweep: presenceSweep,
  refresh_token_retention: refreshTokenRetention,
};

/** In UTC. A run that was missed is not made up for; one that still waits is replaced by the next. */
export const crontab = `
* * * * * presence_sweep ?max=1&jobKey=presence_sweep&jobKeyMode=replace
23 * * * * refresh_token_retention ?max=3&jobKey=refresh_token_retention&jobKeyMode=replace
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
