/**
 * Who works on jobs, so that a dead worker's jobs go to others within seconds: graphile-worker alone would keep
 * them locked for four hours.
 */
import type { Db } from "./client.ts";

/** Says that these pools live. */
export async function renewPools(db: Db, pools: readonly string[]): Promise<void> {
  await db`
    insert into job_pools (id, seen_at) select id, clock_timestamp() from unnest(${pools as string[]}::text[]) as p(id) order by id
    on conflict (id) do update set seen_at = excluded.seen_at`;
}

/** Forgets pools that have ended in order. */
export async function forgetPools(db: Db, pools: readonly string[]): Promise<void> {
  await db`delete from job_pools where id = any(${pools as string[]}::text[])`;
}

/**
 * Releases the jobs of pools that have not been seen for `lease` ms, and of such that were never seen once their
 * jobs are four times as old. Jobs must bear to be done twice: a pool that hung for so long may go on.
 * @returns the pools.
 */
export async function releaseDeadPools(db: Db, lease: number): Promise<string[]> {
  const rows = await db<{ id: string }[]>`
    with locks as materialized (
      select locked_by as id, min(locked_at) as since from graphile_worker.jobs where locked_by is not null group by 1
    ), dead as materialized (
      select l.id from locks l left join job_pools p on p.id = l.id
      where coalesce(p.seen_at, l.since + ${`${3 * lease} ms`}::interval) < clock_timestamp() - ${`${lease} ms`}::interval
    ), gone as (
      delete from job_pools p where seen_at < clock_timestamp() - interval '1 day'
    )
    select id, (select graphile_worker.force_unlock_workers(array[id])) from dead`;
  return rows.map((row) => row.id);
}
