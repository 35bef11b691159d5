/** The worker's side of push in this process, for `.pg.test.ts` files: real statements, tasks, job queue and firebase-admin. */
import { setTimeout as delay } from "node:timers/promises";
import { Logger as JobLogger, runOnce } from "graphile-worker";
import { pino } from "pino";
import type { RedisClient } from "../../bus/redis.ts";
import { loadConfig } from "../../config/load.ts";
import type { Config } from "../../config/settings.ts";
import { addDirect, addUsers } from "../../messaging/testing-world.ts";
import { createFcm } from "../../push/fcm.ts";
import { connectPostgres } from "../../store/client.ts";
import { upsertDevice } from "../../store/devices.ts";
import { installJobQueue } from "../../store/job-queue.ts";
import { movePointers } from "../../store/pointers.ts";
import { scanForPushes } from "../../store/push-scan.ts";
import { createWorkerMetrics } from "../../telemetry/worker-metrics.ts";
import { taskList } from "../../worker/tasks.ts";
import { testDatabase } from "../pg/test-database.ts";
import { startFcm } from "./server.ts";
import { tokenOf } from "./token.ts";

export type PushStage = Awaited<ReturnType<typeof startPushStage>>;

/** Ann writes to Bob, who has a device of each platform. */
export async function annAndBob(stage: PushStage) {
  const [ann, bob] = (await addUsers(stage.sql, 2)) as [string, string];
  const conversationId = await addDirect(stage.sql, ann, bob);
  const android = await stage.device(bob, "android");
  const ios = await stage.device(bob, "ios", { platform: "ios", language: "fr-CA" });
  const web = await stage.device(bob, "web", { platform: "web", language: "xx" });
  const screens = [android, ios, web].map((token) => stage.screen(token));
  return { ann, bob, conversationId, android, ios, web, screens };
}

/** How long after a statement its rows count as looked at; see `horizon` in push_scan. */
const HORIZON = 40;

export async function startPushStage(settings: Record<string, string> = {}) {
  await using cleanup = new AsyncDisposableStack();
  const database = cleanup.use(await testDatabase());
  await installJobQueue(database.url);
  const google = cleanup.use(await startFcm());
  cleanup.defer(google.redirect());
  const sql = connectPostgres(database.url, { name: "push", pool: 6, statementTimeout: 20_000 });
  cleanup.defer(() => sql.end({ timeout: 2 }));
  const config: Config = loadConfig({
    DATABASE_URL: database.url,
    JWT_SECRET: "x".repeat(32),
    PUSH_DELAY: "0",
    FCM_SERVICE_ACCOUNT_JSON: JSON.stringify(google.oauth.createKey()),
    ...settings,
  });
  const log = pino({ level: process.stdout.isTTY ? "warn" : "silent" });
  const fcm = cleanup.use(await createFcm(config, log));
  const stopping = new AbortController();
  const redis: RedisClient | undefined = undefined;
  const deps = { sql, redis, log, metrics: createWorkerMetrics(), fcm, config, stopping: stopping.signal };

  /** Works on all jobs that are due now. */
  async function work(): Promise<void> {
    let due = 1;
    // Once may leave a job behind that waited for another one of its queue.
    for (let round = 0; due > 0 && round < 100; round++) {
      await runOnce({
        connectionString: database.url,
        taskList: taskList(deps),
        concurrency: 4,
        noHandleSignals: true,
        logger: new JobLogger(() => () => {}),
      });
      due = await count("run_at <= now()");
    }
  }

  async function count(which: string): Promise<number> {
    const rows = await sql.unsafe<{ n: number }[]>(
      `select count(*)::int as n from graphile_worker.jobs where ${which}`,
    );
    return rows[0]?.n ?? -1;
  }

  const owned = cleanup.move();
  return {
    database,
    google,
    sql,
    config,
    deps,
    work,
    /** What reading a conversation up to `seq` does. */
    read: (userId: string, conversationId: string, seq: number) =>
      movePointers(sql, [{ conversationId, userId, seq, read: true }]),
    /** Looks for what is due, and does it. */
    async tick(): Promise<void> {
      await delay(HORIZON);
      await scanForPushes(sql, { delay: config.PUSH_DELAY, every: 0, oldest: config.PUSH_TTL * 1000 });
      await work();
    },
    /** Lets jobs that were put off be due, and does them. */
    async later(): Promise<void> {
      await sql`update graphile_worker._private_jobs set run_at = now()`;
      await work();
    },
    waiting: (): Promise<number> => count("true"),
    /** Registers a device; answers its token. */
    async device(
      userId: string,
      name: string,
      more: { platform?: string; language?: string; deviceId?: string } = {},
    ): Promise<string> {
      const pushToken = tokenOf(`${name}-${userId}`);
      await upsertDevice(sql, {
        userId,
        pushToken,
        platform: more.platform ?? "android",
        appVersion: null,
        language: more.language ?? null,
        deviceId: more.deviceId ?? null,
      });
      return pushToken;
    },
    screen: (token: string) => google.screens.of(token),
    /** Firebase is well again, and nothing is held up: for after each test. */
    async recover(): Promise<void> {
      google.state.fault = undefined;
      google.unregistered.clear();
      await sql`update push_quota set paused_until = now(), tokens = 0, counted_at = now()`;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
