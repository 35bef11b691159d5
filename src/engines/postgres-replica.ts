import { execFile } from "node:child_process";
import { chmod, chown, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import postgres from "postgres";
import { type PostgresEngine, type PostgresOptions, startPostgres } from "./postgres.ts";
import { chooseAccount } from "./postgres-account.ts";

const run = promisify(execFile);

/**
 * A hot standby of a running embedded Postgres, on a copy of its data, streaming from it. For tests: the copy is
 * made by `cp`, since the embedded build has no pg_basebackup. Promote it with `select pg_promote()`.
 */
export async function startReplica(
  primary: PostgresEngine,
  options: Pick<PostgresOptions, "settings"> = {},
): Promise<PostgresEngine> {
  const home = await mkdtemp(join(tmpdir(), "nexus-replica-"));
  await chmod(home, 0o711); // as root, Postgres's account has to pass through it
  const dataDir = join(home, "data");
  const { hostname, port, username, password } = new URL(primary.url);
  const sql = postgres(primary.url, { max: 1, onnotice: () => {} });
  try {
    await sql`select pg_backup_start('replica', true)`;
    await run("cp", ["-a", primary.dataDir, dataDir], { timeout: 60_000 });
    const [stop] = await sql<{ labelfile: string }[]>`select labelfile from pg_backup_stop(false)`;
    await writeFile(join(dataDir, "backup_label"), stop?.labelfile ?? "");
  } finally {
    await sql.end({ timeout: 5 });
  }
  await rm(join(dataDir, "postmaster.pid"), { force: true });
  await writeFile(join(dataDir, "standby.signal"), "");
  const account = await chooseAccount(dataDir);
  for (const file of account ? ["backup_label", "standby.signal"] : [])
    await chown(join(dataDir, file), account?.uid ?? -1, account?.gid ?? -1);
  await copyFile(`${primary.dataDir}.password`, `${dataDir}.password`);
  const engine = await startPostgres({
    dataDir,
    settings: {
      ...options.settings,
      primary_conninfo: `host=${hostname} port=${port} user=${username} password=${password} application_name=replica`,
    },
  }).catch(async (error: unknown) => {
    await rm(home, { recursive: true, force: true });
    throw error;
  });
  async function stop(): Promise<void> {
    await engine.stop();
    await rm(home, { recursive: true, force: true });
  }
  // Not a spread: `pid` is a getter.
  return Object.create(engine, { stop: { value: stop }, [Symbol.asyncDispose]: { value: stop } });
}
