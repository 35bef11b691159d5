import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import postgres from "postgres";

const directory = new URL("./migrations/", import.meta.url);
// Any constant will do, as long as every migrating process uses the same.
const LOCK = 7_305_551_201;

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

/** The schema is not one that this release can run on; the message says what to do. */
export class SchemaError extends Error {
  override readonly name = "SchemaError";
}

/** The release's migrations in order. */
export async function readMigrations(): Promise<Migration[]> {
  const names = (await readdir(directory)).filter((name) => name.endsWith(".sql")).sort();
  return Promise.all(
    names.map(async (name, index) => {
      const version = Number.parseInt(name, 10);
      if (version !== index + 1)
        throw new SchemaError(`Migration ${name} is out of sequence: expected number ${index + 1}`);
      const sql = await readFile(new URL(name, directory), "utf8");
      return { version, name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    }),
  );
}

/**
 * Brings the schema to this release's version: each missing migration in a transaction of its own, all
 * under an advisory lock, so that any number of processes may call it at once.
 * @returns the names of the migrations it applied.
 * @throws SchemaError under a newer schema, or when a landed migration was changed.
 */
export async function migrate(
  databaseUrl: string,
  log: (message: string) => void = () => {},
): Promise<string[]> {
  const migrations = await readMigrations();
  const sql = postgres(databaseUrl, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    await sql`select pg_advisory_lock(${LOCK})`;
    await sql`create table if not exists schema_migrations (
      version integer primary key, name text not null, checksum text not null, applied_at timestamptz not null default now())`;
    const applied = await sql<
      Applied[]
    >`select version, name, checksum from schema_migrations order by version`;
    check(applied, migrations);
    const missing = migrations.slice(applied.length);
    for (const migration of missing) {
      await sql.begin(async (tx) => {
        await tx.unsafe(migration.sql);
        await tx`insert into schema_migrations (version, name, checksum)
          values (${migration.version}, ${migration.name}, ${migration.checksum})`;
      });
      log(`applied ${migration.name}`);
    }
    return missing.map((migration) => migration.name);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/**
 * What a gateway or worker does at start: checks that the schema is this release's, without changing it.
 * @throws SchemaError that says whether to migrate or to run a newer release.
 */
export async function checkSchema(sql: postgres.Sql): Promise<void> {
  const migrations = await readMigrations();
  const [row] = await sql<
    { present: boolean }[]
  >`select to_regclass('schema_migrations') is not null as present`;
  const applied = row?.present
    ? await sql<Applied[]>`select version, name, checksum from schema_migrations order by version`
    : [];
  check(applied, migrations);
  if (applied.length < migrations.length)
    throw new SchemaError(
      `The database's schema is at version ${applied.length}, this release needs ${migrations.length}: run \`npm run migrate\` first.`,
    );
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

function check(applied: readonly Applied[], migrations: readonly Migration[]): void {
  if (applied.length > migrations.length)
    throw new SchemaError(
      `The database's schema is at version ${applied.length}, newer than this release knows (${migrations.length}): ` +
        "run the newer release, or restore a backup from before its migration.",
    );
  for (const row of applied) {
    const migration = migrations[row.version - 1];
    if (migration?.checksum !== row.checksum)
      throw new SchemaError(
        `Migration ${row.name} was changed after it had been applied: put the file back and write the change as a new migration.`,
      );
  }
}
