/**
 * Presence of the users connected to this gateway. The socket server calls `connected`, `disconnected` and
 * `active`, which only take notes; a timer turns the notes into batches for Redis and for those to be told.
 * Nothing here is on the way of a message.
 */
import {
  claimDead,
  endLease,
  lookupPresence,
  RENEW_EVERY,
  sweepGateway,
  type UserPresence,
} from "../../bus/presence.ts";
import { isReady, onReconnected, type RedisClient } from "../../bus/redis.ts";
import type { Config } from "../../config/settings.ts";
import type { Answer } from "../../protocol/client-events.ts";
import { asChatError, type Sql } from "../../store/client.ts";
import { contactsOf, recordLastSeen, sharingWith } from "../../store/presence.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createAnnouncer, type Delivery, type Transition } from "./announcer.ts";
import { createDeviceBook, type LocalUser, localStatus } from "./devices.ts";
import { createRegistry } from "./registry.ts";

const TICK = 100;
/** Without Redis for so long, this gateway tells what it knows by itself. */
const PATIENCE = 2000;
/** Others are given up only by a gateway whose own Redis has answered for so long: they reconnect too. */
const STEADY = 8000;
const RETRY_AFTER = 500;
const MOST_CONTACTS = 1000;
const STOP_WITHIN = 3000;

export interface PresenceOptions {
  sql: Sql;
  /** A `commands` connection; undefined when the gateway works alone. */
  redis: RedisClient | undefined;
  config: Pick<Config, "PRESENCE_GRACE" | "PRESENCE_AWAY_AFTER">;
  gatewayId: string;
  /** Sends to the rooms on all gateways. */
  announce: (deliveries: Delivery[]) => void;
  log: Logger;
  /** ms since 1970, never going back. */
  now?: () => number;
}

export type PresenceService = ReturnType<typeof createPresence>;

export function createPresence(options: PresenceOptions) {
  const { sql, redis, config, log } = options;
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const grace = config.PRESENCE_GRACE;
  const book = createDeviceBook({ grace, awayAfter: config.PRESENCE_AWAY_AFTER });
  const announcer = createAnnouncer({ sql, announce: options.announce, current: statusesOf, log });
  const tell = (transitions: Transition[]) => announcer.add(transitions);
  const registry = redis && createRegistry(redis, { gatewayId: options.gatewayId, book, tell, now });

  const awayEvery = Math.min(5000, Math.max(TICK, config.PRESENCE_AWAY_AFTER / 10));
  let findAwayAt = 0;
  let sweepAt = 0;
  let retryAt = 0;
  /** Since when Redis answers, or since when it does not. */
  let redisState = { up: false, since: now() };
  let running: Promise<void> | undefined;
  let stopped = false;

  function onReady(): void {
    registry?.reconnected();
    setRedisState(false);
    retryAt = 0;
  }
  function setRedisState(up: boolean): void {
    if (redisState.up !== up) redisState = { up, since: now() };
  }
  const forgetReady = redis && onReconnected(redis, onReady);

  const timer = setInterval(tick, TICK).unref();

  function tick(): void {
    const at = now();
    book.endGrace(at);
    if (at >= findAwayAt) {
      book.findAway(at);
      findAwayAt = at + awayEvery;
    }
    if (!registry) tellAlone();
    else
      running ??= withRedis(at).finally(() => {
        running = undefined;
      });
  }

  async function withRedis(at: number): Promise<void> {
    if (!redis || !registry) return;
    if (isReady(redis) && at >= retryAt) {
      try {
        if (registry.isDue()) {
          await registry.update();
          setRedisState(true);
        }
        await sweep(redis);
        return;
      } catch (error) {
        if (redisState.up) log.warn({ err: error }, "presence goes on without Redis");
        setRedisState(false);
        retryAt = now() + RETRY_AFTER;
      }
    } else if (!isReady(redis)) setRedisState(false);
    if (!redisState.up && now() - redisState.since >= PATIENCE) tellAlone();
  }

  /** Cleans up after gateways that died, and tells of their users. */
  async function sweep(client: RedisClient): Promise<void> {
    const at = now();
    if (at < sweepAt || !redisState.up || at - redisState.since < STEADY) return;
    sweepAt = at + RENEW_EVERY;
    for (const { gateway, endedAt } of await claimDead(client, grace)) {
      let users = 0;
      for await (const changes of sweepGateway(client, gateway)) {
        const gone = changes.filter((change) => change.before !== change.after);
        tell(
          gone.map(({ userId, before, after, lastActive }) => {
            return { userId, before, status: after, lastActive: lastActive ?? endedAt };
          }),
        );
        users += changes.length;
        // A long clean-up must not cost this gateway its own lease.
        await registry?.update();
      }
      log.info({ gateway, users }, "cleaned up after a gateway that is gone");
    }
  }

  /** Without Redis: what changed here is all that is known. */
  function tellAlone(): void {
    if (book.changed.size === 0) return;
    const users = new Set<LocalUser>();
    const leftAt = new Map<LocalUser, number>();
    for (const device of [...book.changed]) {
      users.add(device.user);
      if (device.gone) leftAt.set(device.user, Math.max(device.leftAt, leftAt.get(device.user) ?? 0));
      if (device.gone && device.written === "") book.forget(device);
      else book.changed.delete(device);
    }
    const transitions: Transition[] = [];
    for (const user of users) {
      const { status, lastActive } = localStatus(user);
      if (status === user.told) continue;
      const seen = status === "offline" ? leftAt.get(user) : lastActive;
      transitions.push({ userId: user.userId, before: user.told, status, lastActive: seen ?? now() });
      user.told = status;
      registry?.unsureOf(user.userId);
    }
    tell(transitions);
  }

  /** By this gateway's own devices where they settle it, by Redis for the rest while it answers. */
  async function statusesOf(userIds: readonly string[]): Promise<Map<string, UserPresence>> {
    const found = new Map<string, UserPresence>();
    for (const userId of userIds) found.set(userId, localStatus(book.users.get(userId)));
    const others = userIds.filter((userId) => found.get(userId)?.status !== "online");
    if (!isReady(redis) || others.length === 0) return found;
    try {
      for (const [userId, presence] of await lookupPresence(redis, others)) found.set(userId, presence);
    } catch {
      // What is known here is still right as far as it goes.
    }
    return found;
  }

  return {
    /** A socket of this device opened. Two may overlap: the old one's `disconnected` then ends nothing. */
    connected: (userId: string, deviceId: string): void => book.connected(userId, deviceId, now()),
    /** A socket of this device closed; others hear of it when the grace is over. */
    disconnected: (userId: string, deviceId: string): void => book.disconnected(userId, deviceId, now()),
    /** The device was used. Costs two look-ups. */
    active: (userId: string, deviceId: string): void => book.active(userId, deviceId, now()),

    /**
     * Who of `userIds` (or of the caller's contacts, at most 1,000) is online or away. Who is offline, and
     * who shares no conversation with the caller, is left out alike.
     * @throws ChatError UNAVAILABLE while Postgres is away.
     */
    async online(
      userIds: readonly string[] | undefined,
      callerId: string,
    ): Promise<Answer<"GET_ONLINE_USERS">> {
      let visible: string[];
      try {
        visible = await (userIds
          ? sharingWith(sql, callerId, userIds)
          : contactsOf(sql, callerId, MOST_CONTACTS));
      } catch (error) {
        throw asChatError(error);
      }
      const at = now();
      const users = [...(await statusesOf(visible))]
        .filter(([, presence]) => presence.status !== "offline")
        .map(([userId, { status, lastActive }]) => ({
          userId,
          status,
          lastSeen: new Date(lastActive ?? at).toISOString(),
        }));
      return { users, count: users.length };
    },

    /**
     * Leaves the cluster, within 3 s. Who is still connected here has the grace to connect elsewhere: after
     * it, another gateway announces those who did not. Call it when the sockets are closed, and close Redis
     * and Postgres after it.
     */
    async stop(): Promise<void> {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      forgetReady?.();
      await within(STOP_WITHIN, async () => {
        await running;
        await announcer.stop();
        if (redis && registry?.gateway && isReady(redis)) await endLease(redis, registry.gateway);
        else if (!redis)
          await recordLastSeen(sql, new Map([...book.users.keys()].map((id) => [id, new Date(now())])));
      }).catch((error: unknown) => log.warn({ err: error }, "presence did not stop in order"));
    },
  };
}

async function within(ms: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms`)), ms);
  });
  try {
    await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
