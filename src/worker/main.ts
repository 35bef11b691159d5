import { hostname, setPriority } from "node:os";
import { observeCommands } from "../bus/observe-commands.ts";
import { connectRedis, isReady } from "../bus/redis.ts";
import { ConfigError, loadConfig } from "../config/load.ts";
import type { Config } from "../config/settings.ts";
import { createFcm } from "../push/fcm.ts";
import { connectPostgres } from "../store/client.ts";
import { installJobQueue } from "../store/job-queue.ts";
import { checkSchema, SchemaError } from "../store/migrate.ts";
import { observeStatements } from "../store/observe-statements.ts";
import { waitForPostgres } from "../store/wait-for-postgres.ts";
import { createLogger, type Logger } from "../telemetry/logger.ts";
import { serveMetrics } from "../telemetry/metrics-server.ts";
import { startTraces } from "../telemetry/start-traces.ts";
import { createWorkerMetrics } from "../telemetry/worker-metrics.ts";
import { keepSearchable, lookForLinks } from "./afterwards.ts";
import { watchBacklog } from "./backlog.ts";
import { sing } from "./canary/canary.ts";
import { createJobLeases } from "./job-leases.ts";
import { JobQueueError, workOnJobs } from "./jobs.ts";
import { lookForPushes } from "./push-loop.ts";
import { crontab, taskList, taskNames } from "./tasks.ts";

/** Twice as many as pushes may take at once (PUSH_SHARDS). */
const CONCURRENCY = 8;
/** Of 19, how far the worker steps back behind gateways on the same machine: an announcement to 10,000 is no reason for them to wait. */
const NICE = 10;
/** Kept of the grace period for what comes after the jobs, in ms. */
const RESERVE = 3000;

async function run(config: Config, log: Logger): Promise<void> {
  await using stack = new AsyncDisposableStack();
  setPriority(NICE);
  const stopped = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      if (stopped.signal.aborted) return;
      log.info({ signal }, "stopping");
      stopped.abort();
      setTimeout(() => {
        log.error("the grace period is over: leaving with work undone");
        process.exit(1); // the one place: whatever hangs must not keep the process
      }, config.SHUTDOWN_GRACE).unref();
    });

  const metrics = createWorkerMetrics(taskNames);
  const traces = stack.use(await startTraces(config, { service: "worker", instance: hostname(), log }));
  // First of all, so that probes are answered while Postgres is waited for.
  let working = false;
  const notReady = () => (working && !stopped.signal.aborted ? undefined : "not ready");
  stack.use(
    await serveMetrics(
      { render: metrics.render, notReady },
      { port: config.METRICS_PORT, host: config.HOST },
    ),
  );
  const { sql, underWay } = observeStatements(
    connectPostgres(config.DATABASE_URL, {
      name: "nexus-worker",
      pool: CONCURRENCY,
      statementTimeout: config.DATABASE_STATEMENT_TIMEOUT,
    }),
    metrics.statementEnded,
  );
  metrics.watchPool(CONCURRENCY, underWay);
  stack.defer(() => sql.end({ timeout: 2 }));
  const redis = connectRedis(config, "commands", (error) => log.warn({ reason: error.message }, "redis"));
  if (redis) {
    stack.defer(() => redis.disconnect());
    observeCommands(redis, (...told) => metrics.redisAnswered("commands", ...told));
    metrics.redisState(isReady(redis));
    redis.on("ready", () => metrics.redisState(true));
    redis.on("close", () => metrics.redisState(false));
  }

  await waitForPostgres(
    async () => {
      await checkSchema(sql);
      await installJobQueue(config.DATABASE_URL);
    },
    stopped.signal,
    (error) => log.warn({ err: error }, "waiting for Postgres"),
  );
  if (stopped.signal.aborted) return;
  const fcm = stack.use(await createFcm(config, log));
  const leases = createJobLeases(sql, log);
  const finished = new AbortController();
  const background = Promise.all([
    leases.run(finished.signal),
    lookForPushes({ sql, fcm, config, log }, stopped.signal),
    keepSearchable({ sql, log }, stopped.signal),
    lookForLinks({ sql, config, log }, stopped.signal),
    watchBacklog({ sql, fcm, metrics }, stopped.signal),
    sing({ sql, config, instance: hostname(), log, metrics }, stopped.signal),
  ]);
  working = true;
  log.info({ metricsPort: config.METRICS_PORT }, "worker is ready");
  try {
    await workOnJobs(
      {
        databaseUrl: config.DATABASE_URL,
        concurrency: CONCURRENCY,
        statementTimeout: config.DATABASE_STATEMENT_TIMEOUT,
        stopWithin: Math.max(1000, config.SHUTDOWN_GRACE - RESERVE),
        tasks: taskList({ sql, redis, log, metrics, traces, fcm, config, stopping: stopped.signal }),
        crontab,
        events: leases.events,
        log,
      },
      stopped.signal,
    );
  } finally {
    stopped.abort();
    finished.abort();
    await background;
  }
}

try {
  const config = loadConfig();
  const log = createLogger({ level: config.LOG_LEVEL, name: "worker" });
  try {
    await run(config, log);
    log.info("stopped");
  } catch (error) {
    const known = error instanceof SchemaError || error instanceof JobQueueError;
    log.fatal({ err: error }, known ? error.message : "the worker cannot run");
    process.exitCode = 1;
  }
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
