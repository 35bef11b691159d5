import type { Sql } from "./client.ts";

const REFRESH = 60_000;

/** Postgres' clock as seen from here: what times of messages can be compared with, whatever this machine's clock says. */
export interface DatabaseClock {
  /** ms since 1970, right to about half of a query's duration. */
  now(): number;
  stop(): void;
}

/** Measures the difference of the clocks now and every minute; keeps the last one while Postgres is away. */
export async function startDatabaseClock(sql: Sql): Promise<DatabaseClock> {
  let ahead = 0;
  async function measure(): Promise<void> {
    const before = Date.now();
    const [row] = await sql<{ now: Date }[]>`select clock_timestamp()::timestamptz(3) as now`;
    const after = Date.now();
    if (row) ahead = row.now.getTime() - (before + after) / 2;
  }
  await measure();
  const timer = setInterval(() => measure().catch(() => {}), REFRESH).unref();
  return { now: () => Date.now() + ahead, stop: () => clearInterval(timer) };
}
