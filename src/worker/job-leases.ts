import { EventEmitter } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type { WorkerEvents } from "graphile-worker";
import type { Sql } from "../store/client.ts";
import { forgetPools, releaseDeadPools, renewPools } from "../store/job-leases.ts";
import type { Logger } from "../telemetry/logger.ts";

/** A worker that has not been heard of for so long is taken for dead, in ms. */
const LEASE = 10_000;
const RENEW_EVERY = 2000;

/**
 * Lets others know that this worker lives, and gives the jobs of dead ones back to the queue. Hand `events` to
 * graphile-worker; `run` until `stop` fires, and it must have fired after the last job is done.
 */
export function createJobLeases(sql: Sql, log: Logger) {
  const pools = new Set<string>();
  const events: WorkerEvents = new EventEmitter();
  let nudge = new AbortController();
  events.on("pool:create", ({ workerPool }) => {
    pools.add(workerPool.id);
    nudge.abort();
  });
  events.on("pool:release", ({ workerPool }) => pools.delete(workerPool.id));
  return {
    events,
    async run(stop: AbortSignal): Promise<void> {
      while (!stop.aborted) {
        nudge = new AbortController();
        try {
          if (pools.size > 0) await renewPools(sql, [...pools]);
          const dead = await releaseDeadPools(sql, LEASE);
          if (dead.length > 0) log.warn({ workers: dead }, "took over the jobs of workers that are gone");
        } catch (error) {
          log.debug({ err: error }, "job leases could not be renewed");
        }
        const signal = AbortSignal.any([stop, nudge.signal]);
        await delay(RENEW_EVERY, undefined, { signal }).catch(() => {});
      }
      await forgetPools(sql, [...pools]).catch(() => {});
    },
  };
}
