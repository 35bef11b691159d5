/** What both push tasks do with a batch of messages: within the quota to Firebase, and what is to be tried again. */
import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "firebase-admin/messaging";
import type { Config } from "../config/settings.ts";
import type { Fcm } from "../push/fcm.ts";
import type { Outcome } from "../push/outcome.ts";
import type { Sql } from "../store/client.ts";
import { deleteDevices } from "../store/devices.ts";
import { pausePushes, takePushQuota } from "../store/push-scan.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Traces } from "../telemetry/traces.ts";
import type { WorkerMetrics } from "../telemetry/worker-metrics.ts";

export interface PushDependencies {
  sql: Sql;
  fcm: Fcm;
  config: Pick<Config, "PUSH_DELAY" | "PUSH_TTL" | "PUSH_QUOTA_PER_MINUTE" | "PUSH_LINK">;
  log: Logger;
  metrics: Pick<WorkerMetrics, "pushed" | "pushedAfter">;
  traces?: Pick<Traces, "resume">;
  /** Fires when the worker is to stop: what has begun is finished, the rest is left to others. */
  stopping: AbortSignal;
}

/** One device's message, and the one of its outcomes that the caller acts on. */
export interface Parcel<T> {
  about: T;
  deviceId: string;
  pushToken: string;
  message: Message;
}

export interface Dispatched<T> {
  sent: T[];
  /** What may be tried again, not before `after` ms. */
  again: { about: T; after: number }[];
}

/** Longest wait for the quota within a job, in ms; longer ones are waited for in the queue. */
const SHORT_WAIT = 2000;
/** Firebase asks for a minute after a 429 that says no time. */
const AFTER_LIMIT = 60_000;
const AFTER_FAILURE = 2000;
const LONGEST_PAUSE = 600_000;

/**
 * Asks for the quota of `count` pushes.
 * @returns 0 when they may go now, else the ms after which to come again.
 */
export async function waitForQuota(deps: PushDependencies, count: number): Promise<number> {
  const until = Date.now() + SHORT_WAIT;
  for (;;) {
    const wait = await takePushQuota(deps.sql, count, deps.config.PUSH_QUOTA_PER_MINUTE);
    if (wait === 0 || Date.now() + wait > until || deps.stopping.aborted) return wait;
    await delay(wait, undefined, { signal: deps.stopping }).catch(() => {});
  }
}

/** How long the `attempt`th repetition waits, in ms, with a spread of a tenth. */
export function backoff(first: number, attempt: number): number {
  return Math.min(LONGEST_PAUSE, first * 2 ** Math.min(attempt, 20)) * (1 + Math.random() / 10);
}

/**
 * Sends up to 500 messages, forgets devices that are gone, and tells what is to be tried again. Rejects when `stop`
 * fires before Firebase has answered: then the job is done again elsewhere.
 */
export async function dispatch<T>(
  deps: PushDependencies,
  kind: "notify" | "clear",
  parcels: readonly Parcel<T>[],
  { attempt, stop }: { attempt: number; stop: AbortSignal },
): Promise<Dispatched<T>> {
  // firebase-admin waits up to a minute by itself after a 503: a worker that must end now does not.
  const send = () => orStop(deps.fcm.send(parcels.map((parcel) => parcel.message)), stop);
  let outcomes = await send();
  if (outcomes.every((outcome) => outcome.kind === "unauthorized")) {
    // A rotated key, or an access token that was taken back: with what is there now it may go.
    await deps.fcm.renew();
    outcomes = await send();
  }
  const result: Dispatched<T> = { sent: [], again: [] };
  const gone: Parcel<T>[] = [];
  parcels.forEach((parcel, i) => {
    const outcome: Outcome = outcomes[i] ?? { kind: "later", limited: false };
    deps.metrics.pushed(kind, outcome.kind);
    if (outcome.kind === "sent") result.sent.push(parcel.about);
    else if (outcome.kind === "gone") gone.push(parcel);
    else if (outcome.kind === "later" || outcome.kind === "unauthorized")
      result.again.push({ about: parcel.about, after: pauseAfter(outcome, attempt) });
  });
  logFailures(deps.log, kind, outcomes);
  if (gone.length > 0) await deleteDevices(deps.sql, gone);
  await pauseAll(deps, outcomes, attempt);
  return result;
}

async function orStop<T>(work: Promise<T>, stop: AbortSignal): Promise<T> {
  let give: () => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    give = () => reject(new Error("the worker ends before Firebase has answered: others push this"));
    if (stop.aborted) give();
    stop.addEventListener("abort", give);
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    stop.removeEventListener("abort", give);
  }
}

function pauseAfter(outcome: Outcome, attempt: number): number {
  if (outcome.kind === "later" && outcome.after !== undefined)
    return Math.min(LONGEST_PAUSE, Math.max(outcome.after, backoff(100, attempt)));
  return backoff(outcome.kind === "later" && outcome.limited ? AFTER_LIMIT : AFTER_FAILURE, attempt);
}

/** When most of a batch is told to come later, so would the next one be: all workers wait. One device's limit is its own. */
async function pauseAll(
  deps: PushDependencies,
  outcomes: readonly Outcome[],
  attempt: number,
): Promise<void> {
  const later = outcomes.filter((outcome) => outcome.kind === "later");
  if (later.length < 5 || later.length * 2 < outcomes.length) return;
  const pause = Math.max(...later.map((outcome) => outcome.after ?? 0));
  if (pause > 0) await pausePushes(deps.sql, Math.min(LONGEST_PAUSE, pause));
  deps.log.warn({ devices: later.length, pauseMs: pause, attempt }, "Firebase puts pushes off");
}

function logFailures(log: Logger, kind: string, outcomes: readonly Outcome[]): void {
  for (const failure of ["unauthorized", "refused"] as const) {
    const failed = outcomes.filter((outcome) => outcome.kind === failure);
    const [first] = failed;
    if (first && "reason" in first)
      log.error({ kind, devices: failed.length, reason: first.reason }, `pushes were ${failure}`);
  }
}
