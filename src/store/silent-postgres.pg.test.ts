/** Postgres is cut off without a word, as by a lost node or a network partition: no packet comes any more, not even an end. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { testDatabase } from "../testing/pg/test-database.ts";
import { connectPostgres, isOutage, mayHaveCommitted } from "./client.ts";

/** Passes bytes on to Postgres until `cut`; from then on what the connections of that time say is swallowed. */
async function startCutter(target: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const postgres = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [client, postgres],
      [postgres, client],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: url.href,
    cut() {
      for (const socket of sockets) socket.unpipe().resume();
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

test("a statement that is never answered ends as an outage with unknown outcome, and the pool goes on", async () => {
  await using database = await testDatabase();
  await using cutter = await startCutter(new URL(database.url));
  const sql = connectPostgres(cutter.url, { name: "silent", pool: 2, statementTimeout: 500 });
  try {
    await Promise.all([sql`select 1`, sql`select 1`]);
    cutter.cut();
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
