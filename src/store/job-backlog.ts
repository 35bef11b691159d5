import type { Db } from "./client.ts";

/**
 * How many jobs are due and have not begun, and for how many seconds the oldest of them has been. Jobs of a queue
 * that is at work wait for it, and count as well.
 */
export async function readJobBacklog(db: Db): Promise<{ waiting: number; oldest: number }> {
  const [row] = await db<{ waiting: number; oldest: number }[]>`
    select count(*)::integer as waiting, coalesce(extract(epoch from now() - min(run_at)), 0)::float8 as oldest
    from graphile_worker.jobs where locked_at is null and run_at <= now() and attempts < max_attempts`;
  return row ?? { waiting: 0, oldest: 0 };
}
