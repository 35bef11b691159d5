import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";

/** A database of one test file's own; disposing of it drops it, with whatever is still connected. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/**
 * Clones the migrated template into a new database, in about 50 ms. Only in a `.pg.test.ts` file:
 *
 *     const database = await testDatabase();
 *     afterAll(() => database[Symbol.asyncDispose]());
 */
export async function testDatabase(): Promise<TestDatabase> {
  const template = new URL(inject("templateUrl"));
  const name = `test_${randomBytes(8).toString("hex")}`;
  const url = new URL(template);
  url.pathname = `/${name}`;
  await asAdmin(template, async (sql) => {
    await sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(template.pathname.slice(1))}`;
  });
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await asAdmin(template, async (sql) => {
        await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`;
      });
    },
  };
}

async function asAdmin(template: URL, act: (sql: postgres.Sql) => Promise<void>): Promise<void> {
  const admin = new URL(template);
  admin.pathname = "/postgres";
  const sql = postgres(admin.href, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    await act(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}
