/** Postgres is cut off without a word, as by a lost node or a network partition: no packet comes any more, not even an end. */
import { expect, test, vi } from "vitest";
import { testDatabase } from "../testing/pg/test-database.ts";
import { startRelay } from "../testing/tcp-relay.ts";
import { connectPostgres, isOutage, mayHaveCommitted } from "./client.ts";

test("a statement that is never answered ends as an outage with unknown outcome, and the pool goes on", async () => {
  await using database = await testDatabase();
  const url = new URL(database.url);
  await using relay = await startRelay({ host: url.hostname, port: Number(url.port) });
  url.hostname = "127.0.0.1";
  url.port = String(relay.port);
  const sql = connectPostgres(url.href, { name: "silent", pool: 2, statementTimeout: 500 });
  try {
    await Promise.all([sql`select 1`, sql`select 1`]);
    relay.silence();
    relay.mend(); // for new connections; those of that time stay mute
    const lost = await Promise.allSettled(Array.from({ length: 6 }, () => sql`select 2`));
    const errors = lost.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
    expect(errors.length).toBeGreaterThanOrEqual(2); // both connections' own; what waited may have got a new one
    for (const error of errors) expect([isOutage(error), mayHaveCommitted(error)]).toEqual([true, true]);
    // What a lost socket is given before its close is lost as well.
    await vi.waitFor(async () => expect(await sql`select 3 as n`).toMatchObject([{ n: 3 }]));
  } finally {
    await sql.end({ timeout: 1 });
  }
});

test("a connection that is silent because nothing was asked stays", async () => {
  await using database = await testDatabase();
  const sql = connectPostgres(database.url, { name: "idle", pool: 1, statementTimeout: 100 });
  try {
    const [before] = await sql`select pg_backend_pid() as pid`;
    await new Promise((resolve) => setTimeout(resolve, 3500)); // longer than the limit and a look
    expect(await sql`select pg_backend_pid() as pid`).toMatchObject([before]);
  } finally {
    await sql.end({ timeout: 1 });
  }
});
