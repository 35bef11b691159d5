import postgres from "postgres";
import type { TestProject } from "vitest/node";
import { startPostgres } from "../../engines/postgres.ts";
import { migrate } from "../../store/migrate.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The database that testDatabase() clones; nobody is connected to it. */
    templateUrl: string;
  }
}

/**
 * One Postgres for all `.pg.test.ts` files of a run, with a migrated template database. The returned function
 * stops it and removes its data.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const engine = await startPostgres({
    database: "template_nexus",
    settings: {
      shared_preload_libraries: "pg_stat_statements",
      // Files run side by side, each with pools of its own.
      max_connections: 400,
      // What these tests ask is whether statements are right, not whether they survive a power cut.
      fsync: "off",
    },
  });
  try {
    await migrate(engine.url);
    const sql = postgres(engine.url, { max: 1, onnotice: () => {} });
    await sql`CREATE EXTENSION IF NOT EXISTS pg_stat_statements`;
    await sql.end({ timeout: 5 });
    project.provide("templateUrl", engine.url);
  } catch (error) {
    await engine.stop();
    throw error;
  }
  return () => engine.stop();
}
