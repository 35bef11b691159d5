import { setTimeout as delay } from "node:timers/promises";
import {
  Logger as JobLogger,
  type LogLevel,
  type Runner,
  run,
  type TaskList,
  type WorkerEvents,
} from "graphile-worker";
import type { Logger } from "../telemetry/logger.ts";

/** The queue was made by a newer release of graphile-worker, which this one must not work on. */
export class JobQueueError extends Error {
  override readonly name = "JobQueueError";
}

/** What graphile-worker sets when the queue's schema is too new. */
const TOO_NEW = 57;
const RETRY_AFTER = 2000;

export interface JobOptions {
  databaseUrl: string;
  /** Jobs at once. */
  concurrency: number;
  statementTimeout: number;
  /** ms that a running job has after the stop until its abort signal fires. */
  stopWithin: number;
  tasks: TaskList;
  crontab: string;
  /** What graphile-worker tells of itself. */
  events?: WorkerEvents;
  log: Logger;
}

/**
 * Works on jobs until `stop` fires, then finishes the running ones and returns. Outages of Postgres are
 * waited out.
 * @throws JobQueueError when the queue belongs to a newer release.
 */
export async function workOnJobs(options: JobOptions, stop: AbortSignal): Promise<void> {
  const { log } = options;
  while (!stop.aborted) {
    try {
      await runUntil(stop, await start(options));
    } catch (error) {
      if (process.exitCode === TOO_NEW)
        throw new JobQueueError("The job queue is of a newer release: run that release's worker.", {
          cause: error,
        });
      log.warn({ err: error }, "the job queue cannot be worked on at the moment; trying again");
    }
    if (!stop.aborted) await delay(RETRY_AFTER, undefined, { signal: stop }).catch(() => {});
  }
}

function start(options: JobOptions): Promise<Runner> {
  return run({
    connectionString: connectionString(options),
    // One connection listens for new jobs all the time.
    maxPoolSize: options.concurrency + 2,
    concurrency: options.concurrency,
    pollInterval: 2000,
    noHandleSignals: true,
    gracefulShutdownAbortTimeout: options.stopWithin,
    taskList: options.tasks,
    crontab: options.crontab,
    ...(options.events && { events: options.events }),
    logger: jobLogger(options.log),
  });
}

async function runUntil(stop: AbortSignal, runner: Runner): Promise<void> {
  let stopping: Promise<void> | undefined;
  const stopRunner = () => {
    stopping ??= runner.stop();
    stopping.catch(() => {}); // awaited below, once the runner has ended
  };
  stop.addEventListener("abort", stopRunner, { once: true });
  if (stop.aborted) stopRunner();
  try {
    await runner.promise;
  } finally {
    stop.removeEventListener("abort", stopRunner);
    await stopping;
  }
}

/** graphile-worker takes pg's options from the URL alone: the server's time-out, and the client's above it. */
function connectionString(options: JobOptions): string {
  const url = new URL(options.databaseUrl);
  url.searchParams.set("application_name", "nexus-jobs");
  url.searchParams.set("statement_timeout", String(options.statementTimeout));
  url.searchParams.set("query_timeout", String(options.statementTimeout + 5000));
  return url.href;
}

const levels = {
  error: "error",
  warning: "warn",
  info: "debug", // its "info" is a line for each job
  debug: "debug",
} as const satisfies Record<LogLevel, keyof Logger>;

function jobLogger(log: Logger): JobLogger {
  return new JobLogger((scope) => (level, message, meta) => {
    const err = meta?.error;
    log[levels[level]]({ ...scope, ...(err instanceof Error && { err }) }, message);
  });
}
