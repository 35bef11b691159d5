import { lookupDevices } from "../../bus/presence.ts";
import { isReady, type RedisClient } from "../../bus/redis.ts";
import { BATCH } from "../../push/fcm.ts";
import { notify } from "../../push/notification.ts";
import { type Connected, decideDevice, effectiveSettings, wantsSilence } from "../../push/policy.ts";
import { enqueue, type PushNotifyJob } from "../../store/jobs.ts";
import {
  findPushKeys,
  type PushCandidate,
  type PushKey,
  readPushCandidates,
} from "../../store/push-candidates.ts";
import { PUSH_SHARDS, pushQueue } from "../../store/push-scan.ts";
import { recordShown } from "../../store/push-shown.ts";
import { backoff, dispatch, type Parcel, type PushDependencies, waitForQuota } from "../push-dispatch.ts";

export interface NotifyDependencies extends PushDependencies {
  redis: RedisClient | undefined;
}

/** First pause before a device that is in use, but has not confirmed, is looked at again, in ms. */
const LOOK_AGAIN = 5000;

/**
 * Tells the devices of one shard's users what is unread in some conversations, in batches of 500. Each device's
 * state is read just before its batch, and noted just after; so a job that is done again, after its worker died in
 * the middle, repeats at most the batch that was under way, and with the same tag and collapse key.
 */
export async function pushNotify(
  deps: NotifyDependencies,
  stop: AbortSignal,
  payload: unknown,
): Promise<void> {
  const job = payload as PushNotifyJob;
  const { sql } = deps;
  const keys = await findPushKeys(sql, {
    conversationIds: job.conversations,
    shard: job.shard,
    shards: PUSH_SHARDS,
    ...(job.devices && { deviceIds: job.devices }),
  });
  for (let at = 0; at < keys.length; at += BATCH) {
    if (stop.aborted || deps.stopping.aborted) return putOff(deps, job, keys.slice(at), 0, job.attempt ?? 0);
    const wait = await notifyBatch(deps, job, keys.slice(at, at + BATCH), stop);
    if (wait > 0) return putOff(deps, job, keys.slice(at), wait, job.attempt ?? 0);
  }
}

/** @returns ms to wait when the quota is used up, with nothing sent; else 0. */
async function notifyBatch(
  deps: NotifyDependencies,
  job: PushNotifyJob,
  keys: readonly PushKey[],
  stop: AbortSignal,
): Promise<number> {
  const { sql, config } = deps;
  const attempt = job.attempt ?? 0;
  const now = new Date();
  const ttl = config.PUSH_TTL * 1000;
  const candidates = await readPushCandidates(sql, keys, { delay: config.PUSH_DELAY, oldest: ttl });
  const connected = await connectedDevices(deps, candidates);
  const parcels: Parcel<PushCandidate>[] = [];
  const inUse: PushKey[] = [];
  for (const candidate of candidates) {
    const settings = effectiveSettings(candidate.userSettings, candidate.settings);
    if (wantsSilence(settings, now)) continue;
    const decision = decideDevice(candidate, connected(candidate.userId));
    if (decision === "later") inUse.push(candidate);
    if (decision !== "send") continue;
    const { deviceId, pushToken } = candidate;
    const about = {
      ...candidate,
      groupName: candidate.direct ? null : candidate.conversationName,
      hideContent: settings.hideContent ?? false,
    };
    const message = notify(candidate, about, { now: now.getTime(), ttl, link: config.PUSH_LINK });
    parcels.push({ about: candidate, deviceId, pushToken, message });
  }
  if (parcels.length > 0) {
    const wait = await waitForQuota(deps, parcels.length);
    if (wait > 0) return wait;
    const spans = parcels.flatMap(({ about: { messageId } }) => {
      const told = {
        "server.address": "fcm.googleapis.com",
        "messaging.batch.message_count": parcels.length,
      };
      return deps.traces?.resume(messageId, "send push", "client", told) ?? [];
    });
    const { sent, again } = await dispatch(deps, "notify", parcels, { attempt, stop });
    for (const span of spans) span.end();
    if (sent.length > 0) await recordShown(sql, sent);
    for (const { sentAt } of sent) deps.metrics.pushedAfter((Date.now() - sentAt.getTime()) / 1000);
    const after = again.map((entry) => entry.after);
    await putOff(
      deps,
      job,
      again.map((entry) => entry.about),
      after.length > 0 ? Math.max(...after) : 0,
      attempt + 1,
    );
  }
  await putOff(deps, job, inUse, backoff(LOOK_AGAIN, attempt), attempt + 1);
  return 0;
}

/** Each user's connected devices; without Redis nobody's are known. */
async function connectedDevices(
  { redis, log }: NotifyDependencies,
  candidates: readonly PushCandidate[],
): Promise<(userId: string) => Connected> {
  if (!isReady(redis)) return () => undefined;
  try {
    const found = await lookupDevices(redis, [...new Set(candidates.map((candidate) => candidate.userId))]);
    return (userId) => found.get(userId) ?? new Map<string, boolean>();
  } catch (error) {
    log.warn({ err: error }, "pushing without knowing who is connected");
    return () => undefined;
  }
}

/** Enqueues the devices again, for `wait` ms later. What is sent, read or too old by then is left out by itself. */
async function putOff(
  deps: NotifyDependencies,
  job: PushNotifyJob,
  keys: readonly PushKey[],
  wait: number,
  attempt: number,
): Promise<void> {
  for (let at = 0; at < keys.length; at += 10 * BATCH) {
    const some = keys.slice(at, at + 10 * BATCH);
    await enqueue(
      deps.sql,
      "push_notify",
      {
        shard: job.shard,
        conversations: [...new Set(some.map((key) => key.conversationId))],
        devices: [...new Set(some.map((key) => key.deviceId))],
        attempt,
      },
      { queue: pushQueue(job.shard), runAt: new Date(Date.now() + wait) },
    );
  }
}
