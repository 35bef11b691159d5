import { pino } from "pino";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { connectPostgres, type Sql } from "../store/client.ts";
import { installJobQueue } from "../store/job-queue.ts";
import { enqueue } from "../store/jobs.ts";
import { type TestDatabase, testDatabase } from "../testing/pg/test-database.ts";
import { type JobOptions, workOnJobs } from "./jobs.ts";
import { refreshTokenRetention } from "./tasks/refresh-token-retention.ts";

const log = pino({ level: "silent" });
let database: TestDatabase;
let sql: Sql;
beforeAll(async () => {
  database = await testDatabase();
  sql = connectPostgres(database.url, { name: "test", pool: 5, statementTimeout: 5000 });
  // Twice at once: gateways, workers and `migrate` may all do it.
  await Promise.all([installJobQueue(database.url), installJobQueue(database.url)]);
});
afterAll(async () => {
  await sql.end({ timeout: 2 });
  await database[Symbol.asyncDispose]();
});

function work(tasks: JobOptions["tasks"], stop: AbortSignal): Promise<void> {
  return workOnJobs(
    {
      databaseUrl: database.url,
      concurrency: 2,
      statementTimeout: 5000,
      stopWithin: 5000,
      tasks,
      crontab: "",
      log,
    },
    stop,
  );
}

test("a job runs once if the transaction that enqueued it commits, and never if it is rolled back", async () => {
  const rolledBack = sql.begin(async (tx) => {
    await enqueue(tx, "refresh_token_retention", {});
    throw new Error("changed its mind");
  });
  await expect(rolledBack).rejects.toThrow("changed its mind");

  const stop = new AbortController();
  const ran: string[] = [];
  const twice = Promise.withResolvers<void>();
  const worked = work(
    {
      presence_sweep: async () => {
        ran.push("presence_sweep");
        twice.resolve();
      },
      refresh_token_retention: async () => {
        ran.push("refresh_token_retention");
      },
    },
    stop.signal,
  );
  await sql.begin(async (tx) => {
    await enqueue(tx, "presence_sweep", {});
    expect(ran).toEqual([]);
  });
  await twice.promise;
  // The row goes when the task has ended, a moment after it ran.
  await vi.waitFor(async () => expect(await waiting()).toBe(0), { timeout: 10_000 });
  stop.abort();
  await worked;
  expect(ran).toEqual(["presence_sweep"]);
});

test("of jobs with one key only the latest waits, and none runs before its time", async () => {
  const inAnHour = new Date(Date.now() + 3_600_000);
  await enqueue(sql, "presence_sweep", {}, { key: "sweep", runAt: new Date(0) });
  await enqueue(sql, "presence_sweep", {}, { key: "sweep", runAt: inAnHour });
  const rows = await sql<{ run_at: Date }[]>`select run_at from graphile_worker.jobs where key = 'sweep'`;
  expect(rows.map((row) => row.run_at.getTime())).toEqual([inAnHour.getTime()]);
  await sql`select graphile_worker.remove_job('sweep')`;
});

test("a stop waits for the running job", async () => {
  const stop = new AbortController();
  const started = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let finished = false;
  const worked = work(
    {
      presence_sweep: async () => {
        started.resolve();
        await release.promise;
        finished = true;
      },
    },
    stop.signal,
  );
  await enqueue(sql, "presence_sweep", {});
  await started.promise;
  stop.abort();
  release.resolve();
  await worked;
  expect(finished).toBe(true);
  // graphile-worker may report its end a moment before the row's deletion is answered (seen on a busy machine).
  await vi.waitFor(async () => expect(await waiting()).toBe(0), { timeout: 10_000 });
});

test("a queue of a newer release is refused", async () => {
  await sql`insert into graphile_worker.migrations (id, breaking) values (1000000, true)`;
  await expect(work({}, AbortSignal.timeout(10_000))).rejects.toThrow("newer release");
  process.exitCode = 0;
  await sql`delete from graphile_worker.migrations where id = 1000000`;
});

test("refresh tokens are deleted a week after they expired or were revoked, not before", async () => {
  await sql`insert into users (id, name) values ('u', 'U')`;
  await sql`
    insert into refresh_tokens (family, user_id, token_hash, expires_at, used_at, revoked_at)
    select gen_random_uuid(), 'u', sha256(name::bytea), now() + expires, now() + used, now() + revoked
    from (values
      ('good', interval '1 day', null::interval, null::interval),
      ('used', '1 day', '-9 days', null),
      ('expired lately', '-6 days', null, null),
      ('revoked lately', '1 day', null, '-6 days'),
      ('expired', '-8 days', null, null),
      ('revoked', '1 day', null, '-8 days')) as t(name, expires, used, revoked)`;
  await refreshTokenRetention({ sql, log }, AbortSignal.timeout(10_000));
  const kept = await sql<{ hash: string }[]>`select encode(token_hash, 'hex') as hash from refresh_tokens`;
  const expected = await sql<{ hash: string }[]>`
    select encode(sha256(name::bytea), 'hex') as hash
    from unnest(array['good', 'used', 'expired lately', 'revoked lately']) as name`;
  expect(kept.map((row) => row.hash).sort()).toEqual(expected.map((row) => row.hash).sort());
});

async function waiting(): Promise<number> {
  const [row] = await sql<{ n: number }[]>`select count(*)::int as n from graphile_worker.jobs`;
  return row?.n ?? -1;
}
