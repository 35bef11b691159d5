import postgres from "postgres";
import { expect, test } from "vitest";
import { testDatabase } from "./test-database.ts";

test("a test file's database has the schema of this release and is nobody else's", async () => {
  await using one = await testDatabase();
  await using other = await testDatabase();
  const sql = postgres(one.url, { max: 1 });
  const [migrated] = await sql`SELECT count(*)::int AS n FROM schema_migrations`;
  expect(migrated?.n).toBeGreaterThan(0);
  await sql`CREATE TABLE only_here (x int)`;

  const elsewhere = postgres(other.url, { max: 1 });
  const [row] = await elsewhere`SELECT to_regclass('only_here') AS found`;
  expect(row?.found).toBeNull();
  await Promise.all([sql.end(), elsewhere.end()]);
});

test("a database that is disposed of is gone, though a client is still connected", async () => {
  const database = await testDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`SELECT 1`;
  await database[Symbol.asyncDispose]();
  await expect(sql`SELECT 1`).rejects.toThrow();
  await sql.end({ timeout: 1 });
});
