/**
 * Rate limits. All limits of a request are decided together by one script in one round trip, and a refused
 * request takes a point of none; rate-limiter-flexible, with a round trip and a consumed point for each
 * limit, could not do that.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import type { Config } from "../config/settings.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import {
  createMemoryCounters,
  type Limit,
  type Refusal,
  returnToRedis,
  takeFromRedis,
} from "./limit-counters.ts";
import { isReady, type RedisClient } from "./redis.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** A network address may be many people's: it has this many times the failed logins of an e-mail address. */
const LOGINS_OF_ADDRESS = 10;
/** After a command that failed, Redis is left alone for so long, in ms: else each request would wait for it. */
const AWAY = 1000;

export type LimitsConfig = Pick<
  Config,
  | "RATE_LIMIT_MESSAGES_PER_MINUTE"
  | "RATE_LIMIT_MESSAGES_PER_HOUR"
  | "RATE_LIMIT_CONVERSATION_PER_MINUTE"
  | "RATE_LIMIT_UPLOADS_PER_HOUR"
  | "RATE_LIMIT_LOGINS_PER_MINUTE"
>;

export type Limits = ReturnType<typeof createLimits>;

/**
 * The limits of all gateways together, or of this one alone while Redis is away (its counters then start
 * anew). A limit of 0 is off.
 * @param now ms on a clock that never goes back; used for the counters in memory only.
 */
export function createLimits(
  config: LimitsConfig,
  redis: RedisClient | undefined,
  metrics: Pick<Metrics, "limitAnsweredLocally" | "rateLimited">,
  now: () => number = () => performance.now(),
) {
  const memory = createMemoryCounters(now);
  let awayUntil = Number.NEGATIVE_INFINITY;

  async function inRedis<T>(work: (redis: RedisClient) => Promise<T>, alone: () => T): Promise<T> {
    if (isReady(redis) && now() >= awayUntil) {
      try {
        return await work(redis);
      } catch {
        // The connection's own listener logs why; here it only matters that nobody waits for it.
        awayUntil = now() + AWAY;
      }
    }
    if (redis) metrics.limitAnsweredLocally();
    return alone();
  }

  async function take(limits: readonly Limit[]): Promise<void> {
    const refusal = await inRedis(
      (client) => takeFromRedis(client, limits),
      () => memory.take(limits),
    );
    if (refusal) throw refused(refusal);
  }

  function refused({ limit, wait }: Refusal): ChatError {
    metrics.rateLimited(limit.name);
    const retryAfter = Math.max(1, Math.ceil(wait / 1000));
    return new ChatError(
      "RATE_LIMIT_EXCEEDED",
      `Too many ${limit.what}: at most ${limit.points} ${periods[limit.window]}; try again in ${retryAfter} s`,
      { retryAfter },
    );
  }

  const perMinute = config.RATE_LIMIT_MESSAGES_PER_MINUTE;
  const perHour = config.RATE_LIMIT_MESSAGES_PER_HOUR;

  return {
    /**
     * Counts a message; call it before the message is stored.
     * @param conversationLimit the conversation's own limit (messages a minute for each user; 0: off), which
     *   replaces the general one; null or absent: the general one.
     * @returns undefined, without a promise, when no limit is on.
     * @throws ChatError RATE_LIMIT_EXCEEDED with `retryAfter` in seconds.
     */
    message(
      userId: string,
      conversationId: string,
      conversationLimit?: number | null,
    ): Promise<void> | undefined {
      const inConversation = conversationLimit ?? config.RATE_LIMIT_CONVERSATION_PER_MINUTE;
      if (perMinute === 0 && perHour === 0 && inConversation === 0) return undefined;
      const prefix = `limit:{${tagged(userId)}}:message:`;
      const limits: Limit[] = [];
      if (perMinute > 0)
        limits.push({
          name: "messages_per_minute",
          what: "messages",
          key: `${prefix}m`,
          points: perMinute,
          window: MINUTE,
        });
      if (perHour > 0)
        limits.push({
          name: "messages_per_hour",
          what: "messages",
          key: `${prefix}h`,
          points: perHour,
          window: HOUR,
        });
      if (inConversation > 0)
        limits.push({
          name: "conversation_per_minute",
          what: "messages in this conversation",
          key: prefix + conversationId,
          points: inConversation,
          window: MINUTE,
        });
      return take(limits);
    },

    /**
     * Counts an attempt to log in; call it before the password is looked at, and `loginSucceeded` after a
     * right one, so that only failures count and guesses made at once are counted too.
     * @throws ChatError RATE_LIMIT_EXCEEDED with `retryAfter` in seconds.
     */
    login(email: string, address: string): Promise<void> | undefined {
      const limits = loginLimits(email, address);
      return limits.length === 0 ? undefined : take(limits);
    },

    /** Gives back what `login` took. Never rejects. */
    async loginSucceeded(email: string, address: string): Promise<void> {
      const limits = loginLimits(email, address);
      if (limits.length === 0) return;
      await inRedis(
        (client) => returnToRedis(client, limits),
        () => memory.giveBack(limits),
      );
    },

    /**
     * Counts an upload.
     * @throws ChatError RATE_LIMIT_EXCEEDED with `retryAfter` in seconds.
     */
    upload(userId: string): Promise<void> | undefined {
      const points = config.RATE_LIMIT_UPLOADS_PER_HOUR;
      if (points === 0) return undefined;
      const key = `limit:{${tagged(userId)}}:upload`;
      return take([{ name: "uploads_per_hour", what: "uploads", key, points, window: HOUR }]);
    },
  };

  function loginLimits(email: string, address: string): Limit[] {
    const points = config.RATE_LIMIT_LOGINS_PER_MINUTE;
    if (points === 0) return [];
    // E-mail addresses are nobody's business in Redis, and may be long.
    const account = createHash("sha256").update(email.trim().toLowerCase()).digest("base64url");
    return [
      {
        name: "logins_of_email",
        what: "failed logins",
        key: `limit:{login}:email:${account}`,
        points,
        window: MINUTE,
      },
      {
        name: "logins_of_address",
        what: "failed logins",
        key: `limit:{login}:address:${network(address)}`,
        points: points * LOGINS_OF_ADDRESS,
        window: MINUTE,
      },
    ];
  }
}

const periods: Record<number, string> = { [MINUTE]: "a minute", [HOUR]: "an hour" };

/** A user id as a hash tag: a brace in it would end the tag too early. */
function tagged(userId: string): string {
  return userId.replace(/[{}%]/g, encodeURIComponent);
}

/** An IPv6 host has a whole /64 to itself, so that is what is counted. */
export function network(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped) return mapped;
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.toLowerCase().split("%", 1)[0]!.split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const rest = tail === "" ? [] : tail.split(":");
    while (groups.length + rest.length < 8) groups.push("0");
    groups.push(...rest);
  }
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/64`;
}
