import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { afterAll, describe, expect, inject, test } from "vitest";
import { startNodeMain } from "../engines/node-main.ts";
import { startPostgres } from "../engines/postgres.ts";
import { addDirect, addUsers, openPools, sendOne } from "../messaging/testing-world.ts";
import { connectPostgres, type Sql } from "./client.ts";
import { readHistory } from "./messages.ts";
import { checkSchema, migrate, readMigrations, SchemaError } from "./migrate.ts";

const template = inject("templateUrl");
const admin = connectPostgres(new URL("/postgres", template).href, {
  name: "admin",
  pool: 1,
  statementTimeout: 20_000,
});
const made: string[] = [];
afterAll(async () => {
  for (const name of made) await admin`drop database if exists ${admin(name)} with (force)`;
  await admin.end({ timeout: 5 });
});

/** A database with nothing in it. */
async function emptyDatabase(): Promise<string> {
  const name = `empty_${randomBytes(6).toString("hex")}`;
  await admin`create database ${admin(name)} template template0`;
  made.push(name);
  return new URL(`/${name}`, template).href;
}

async function within<T>(url: string, act: (sql: Sql) => Promise<T>): Promise<T> {
  await using pools = openPools(url, 1, 1);
  return await act(pools[0] as Sql);
}

async function runMain(url: string): Promise<{ code: number | null; output: string }> {
  const child = startNodeMain({ name: "migrate", main: "src/store/main.ts", env: { DATABASE_URL: url } });
  const timer = setTimeout(() => child.signal("SIGKILL"), 15_000);
  const { code } = await child.exited;
  clearTimeout(timer);
  return { code, output: child.tail() };
}

test("several processes that migrate an empty database at once: each migration is applied once, and all succeed", async () => {
  const url = await emptyDatabase();
  const runs = await Promise.all([runMain(url), runMain(url), runMain(url)]);
  expect(runs.map(({ code }) => code)).toEqual([0, 0, 0]);
  const migrations = await readMigrations();
  const applied = runs.flatMap(({ output }) => output.match(/applied \S+/g) ?? []);
  expect(applied).toEqual(migrations.map(({ name }) => `applied ${name}`));
  await within(url, checkSchema);
  expect(await migrate(url)).toEqual([]);
}, 30_000);

test("a schema newer than this release is refused, and the message says what to do", async () => {
  const url = await emptyDatabase();
  await migrate(url);
  await within(
    url,
    (sql) =>
      sql`insert into schema_migrations (version, name, checksum) values (9999, '9999_later.sql', 'x')`,
  );
  await expect(migrate(url)).rejects.toThrow(SchemaError);
  await expect(migrate(url)).rejects.toThrow(
    /newer than this release knows \(\d+\): run the newer release, or restore/,
  );
  await expect(within(url, checkSchema)).rejects.toThrow(/newer than this release/);
  const run = await runMain(url);
  expect(run.code).toBe(1);
  expect(run.output).toMatch(/migration failed: The database's schema .* newer/);
  expect(run.output).not.toMatch(/\n\s+at /);
});

test("a migration that was changed after it had been applied is refused by name", async () => {
  const url = await emptyDatabase();
  await migrate(url);
  await within(url, (sql) => sql`update schema_migrations set checksum = 'other' where version = 1`);
  await expect(migrate(url)).rejects.toThrow(/0001_initial\.sql was changed after it had been applied/);
});

test("a gateway does not start on a schema that was not migrated", async () => {
  const url = await emptyDatabase();
  await expect(within(url, checkSchema)).rejects.toThrow(
    /at version 0, this release needs \d+: run `npm run migrate` first/,
  );
  await within(url, checkSchema).catch((error) => expect(error).toBeInstanceOf(SchemaError));
});

test("without DATABASE_URL it says what is missing", async () => {
  const child = startNodeMain({ name: "migrate", main: "src/store/main.ts", env: {} });
  expect((await child.exited).code).toBe(2);
  expect(child.tail()).toMatch(/DATABASE_URL is required/);
});

// Debian's, where they are installed; the embedded one is what all other tests run on.
const majors = [15, 16, 17].map((major) => ({ major, binDir: `/usr/lib/postgresql/${major}/bin` }));
describe("every Postgres from 15 to 18 runs the migrations and a send", () => {
  async function check(url: string): Promise<void> {
    await migrate(url);
    await within(url, async (sql) => {
      await checkSchema(sql);
      const [a, b] = (await addUsers(sql, 2)) as [string, string];
      const id = await addDirect(sql, a, b);
      await sendOne(sql, a, id, { content: "hello" });
      expect(await readHistory(sql, id, { limit: 10 })).toMatchObject([{ seq: 1, content: "hello" }]);
    });
  }

  test("18 (embedded)", async () => check(await emptyDatabase()));

  // apt-get install postgresql-<major>
  for (const { major, binDir } of majors)
    test.skipIf(!existsSync(`${binDir}/postgres`))(
      `${major} (Debian's, if installed)`,
      async () => {
        await using engine = await startPostgres({ binDir, settings: { fsync: "off" } });
        expect(engine.major).toBe(major);
        await check(engine.url);
      },
      60_000,
    );
});
