import { lookupDevices } from "../../bus/presence.ts";
import { isReady } from "../../bus/redis.ts";
import { BATCH } from "../../push/fcm.ts";
import { clear } from "../../push/notification.ts";
import { enqueue, type JobPayloads } from "../../store/jobs.ts";
import { pushQueue } from "../../store/push-scan.ts";
import { findStale, recordCleared, type Stale } from "../../store/push-shown.ts";
import { dispatch, type Parcel, waitForQuota } from "../push-dispatch.ts";
import type { NotifyDependencies } from "./push-notify.ts";

/** A badge that is wrong for longer is put right by the next notification. */
const MOST_ATTEMPTS = 12;

/**
 * Takes notifications of what was read elsewhere, or deleted, off the users' devices, and corrects their badges: in
 * silence, and only where a device shows something else than it should. A device that is connected and in use does
 * so itself.
 */
export async function pushClear(
  deps: NotifyDependencies,
  stop: AbortSignal,
  payload: unknown,
): Promise<void> {
  const { shard, users, attempt = 0 } = payload as JobPayloads["push_clear"];
  const stale = await findStale(deps.sql, users);
  if (stale.length === 0) return;
  const isUsed = await devicesInUse(deps, stale);
  const byItself = stale.filter(isUsed);
  if (byItself.length > 0) await recordCleared(deps.sql, byItself);
  const parcels = stale.filter((device) => !isUsed(device)).flatMap((device) => parcelsOf(deps, device));
  const failed = new Map<Stale, number>();
  for (let at = 0; at < parcels.length; at += BATCH) {
    const batch = parcels.slice(at, at + BATCH);
    const wait = deps.stopping.aborted ? 1 : await waitForQuota(deps, batch.length);
    if (wait > 0) {
      for (const { about } of parcels.slice(at)) failed.set(about, wait);
      break;
    }
    const { sent, again } = await dispatch(deps, "clear", batch, { attempt, stop });
    for (const { about, after } of again) failed.set(about, after);
    const cleared = [...new Set(sent)].filter((device) => !failed.has(device));
    if (cleared.length > 0) await recordCleared(deps.sql, cleared);
  }
  if (failed.size > 0 && attempt < MOST_ATTEMPTS)
    await enqueue(
      deps.sql,
      "push_clear",
      { shard, users: [...new Set([...failed.keys()].map((device) => device.userId))], attempt: attempt + 1 },
      { queue: pushQueue(shard), runAt: new Date(Date.now() + Math.max(...failed.values())) },
    );
}

/** One for each conversation, with the key by which it also replaces what still waits to be delivered. */
function parcelsOf(deps: NotifyDependencies, device: Stale): Parcel<Stale>[] {
  const conversations = device.clear.length > 0 ? device.clear.map((shown) => shown.conversationId) : [null];
  const delivery = { now: Date.now(), ttl: deps.config.PUSH_TTL * 1000 };
  return conversations.map((conversationId) => ({
    about: device,
    deviceId: device.deviceId,
    pushToken: device.pushToken,
    message: clear(device, { conversationId, badge: device.badge }, delivery),
  }));
}

async function devicesInUse(
  { redis }: NotifyDependencies,
  stale: readonly Stale[],
): Promise<(device: Stale) => boolean> {
  const known = stale.filter((device) => device.socketDevice !== null).map((device) => device.userId);
  if (!isReady(redis) || known.length === 0) return () => false;
  const found = await lookupDevices(redis, [...new Set(known)]).catch(() => undefined);
  return ({ userId, socketDevice }) => found?.get(userId)?.get(socketDevice ?? "") === true;
}
