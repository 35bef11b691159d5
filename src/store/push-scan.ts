import type { Db } from "./client.ts";

/** Queues in which pushes are sent; a user's are all in one of them, so that none overtakes another. */
export const PUSH_SHARDS = 4;

/** The queue of a shard's pushes. */
export function pushQueue(shard: number): string {
  return `push:${shard}`;
}

/**
 * Enqueues what is due since the last look: see `push_scan` in 0004_push.sql. Any number of workers may call it;
 * of those that do within `every` one looks. Times in ms.
 * @returns whether there is more to enqueue right away.
 */
export async function scanForPushes(
  db: Db,
  options: { delay: number; every: number; oldest: number },
): Promise<{ looked: boolean; more: boolean }> {
  const ms = (value: number) => `${value} ms`;
  const [row] = await db<{ looked: boolean; more: boolean }[]>`
    select looked, more from push_scan(${ms(options.delay)}::interval, ${ms(options.every)}::interval,
      ${ms(options.oldest)}::interval, ${PUSH_SHARDS})`;
  return row ?? { looked: false, more: false };
}

/** Takes `count` of the pushes that may be sent. @returns ms to wait and ask again; 0: they may go now. */
export async function takePushQuota(db: Db, count: number, perMinute: number): Promise<number> {
  const [row] = await db<{ seconds: number }[]>`select take_push_quota(${count}, ${perMinute}) as seconds`;
  return Math.ceil((row?.seconds ?? 0) * 1000);
}

/** Holds up all pushes of all workers for `ms`, unless they are held up for longer already. */
export async function pausePushes(db: Db, ms: number): Promise<void> {
  await db`
    update push_quota set paused_until = greatest(paused_until, clock_timestamp() + ${`${ms} ms`}::interval)`;
}
