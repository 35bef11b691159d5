import { Logger, runMigrations } from "graphile-worker";

/**
 * Installs or updates graphile-worker's own schema, which `enqueue` needs. Any number of processes may call
 * it at once. A file of its own, since a gateway has no need to load the worker's library.
 */
export async function installJobQueue(databaseUrl: string): Promise<void> {
  await runMigrations({ connectionString: databaseUrl, maxPoolSize: 1, logger: quiet });
}

const quiet = new Logger(() => () => {});
