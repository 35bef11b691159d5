/**
 * Tells of users who came, went or stopped using their devices: only those who share a conversation, in
 * batches, off the way of messages. While Postgres is away what is to be told waits, and only the last
 * status of each user counts.
 */
import type { UserPresence } from "../../bus/presence.ts";
import type { Presence } from "../../protocol/user.ts";
import { asChatError, type Sql } from "../../store/client.ts";
import { audiencesOf, recordLastSeen } from "../../store/presence.ts";
import type { Logger } from "../../telemetry/logger.ts";

export interface Delivery {
  /** `user:<id>` and `conversation:<id>`. */
  rooms: string[];
  /** The user's own devices need not be told. */
  except: string[];
  event: "USER_ONLINE" | "USER_OFFLINE" | "USER_PRESENCE_UPDATE";
  payload: Presence;
}

/** A user's new status and the one before, and when they were last active (ms since 1970). */
export interface Transition {
  userId: string;
  before: Presence["status"];
  status: Presence["status"];
  lastActive: number;
}

/** Users told of at once: a few ms of work, so that messages go between. */
const BATCH = 200;
const RETRY_AFTER = 1000;

export interface AnnouncerOptions {
  sql: Sql;
  announce: (deliveries: Delivery[]) => void;
  /** The users' statuses now; rejects while they cannot be known. */
  current: (userIds: readonly string[]) => Promise<Map<string, UserPresence>>;
  log: Logger;
}

export function createAnnouncer({ sql, announce, current, log }: AnnouncerOptions) {
  const pending = new Map<string, Transition>();
  let running: Promise<void> | undefined;
  let retry: NodeJS.Timeout | undefined;
  let late = false;
  let stopped = false;

  async function run(): Promise<void> {
    while (pending.size > 0 && !stopped) {
      const batch = [...pending.values()].slice(0, BATCH);
      for (const transition of batch) pending.delete(transition.userId);
      try {
        await tell(late ? await upToDate(batch) : batch);
      } catch (error) {
        const newer = [...pending.values()];
        pending.clear();
        merge([...batch, ...newer]);
        if (!late)
          log.warn({ err: asChatError(error), users: pending.size }, "presence waits to be announced");
        late = true;
        if (!stopped) retry = setTimeout(start, RETRY_AFTER).unref();
        return;
      }
    }
    late = false;
  }

  function merge(transitions: Iterable<Transition>): void {
    for (const transition of transitions) {
      const waiting = pending.get(transition.userId);
      const merged = waiting ? { ...transition, before: waiting.before } : transition;
      if (merged.before === merged.status) pending.delete(merged.userId);
      else pending.set(merged.userId, merged);
    }
  }

  /** What has waited may be overtaken by what another gateway has told since. */
  async function upToDate(batch: readonly Transition[]): Promise<Transition[]> {
    const now = await current(batch.map((transition) => transition.userId));
    return batch.filter((transition) => now.get(transition.userId)?.status === transition.status);
  }

  async function tell(batch: readonly Transition[]): Promise<void> {
    if (batch.length === 0) return;
    const offline = batch.filter((transition) => transition.status === "offline");
    await recordLastSeen(sql, new Map(offline.map((t) => [t.userId, new Date(t.lastActive)])));
    const audiences = await audiencesOf(
      sql,
      batch.map((transition) => transition.userId),
    );
    announce(batch.flatMap((transition) => deliveriesOf(transition, audiences.get(transition.userId))));
  }

  function start(): void {
    clearTimeout(retry);
    retry = undefined;
    running ??= run().finally(() => {
      running = undefined;
      // What came after the last look at `pending`.
      if (pending.size > 0 && !retry && !stopped) start();
    });
  }

  return {
    /** Tells of the transitions soon; never rejects. */
    add(transitions: Iterable<Transition>): void {
      merge(transitions);
      if (pending.size > 0 && !retry) start();
    },
    /** Resolves when all that can be told has been told. */
    settled: async (): Promise<void> => running,
    /** Tells nothing more; resolves when the batch on its way is done. */
    async stop(): Promise<void> {
      stopped = true;
      clearTimeout(retry);
      await running;
    },
  };
}

/** The events that tell an audience of one transition; none without an audience. */
export function deliveriesOf(transition: Transition, rooms: string[] | undefined): Delivery[] {
  if (!rooms || rooms.length === 0) return [];
  const { userId, before, status, lastActive } = transition;
  const payload: Presence = { userId, status, lastSeen: new Date(lastActive).toISOString() };
  const common = { rooms, except: [`user:${userId}`], payload };
  const update: Delivery = { ...common, event: "USER_PRESENCE_UPDATE" };
  if (status === "offline") return [{ ...common, event: "USER_OFFLINE" }, update];
  if (status === "online" && before === "offline") return [{ ...common, event: "USER_ONLINE" }, update];
  return [update];
}
