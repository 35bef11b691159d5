/**
 * Rate limits. All limits of a request are decided together by one script in one round trip, and a refused
 * request takes a point of none; rate-limiter-flexible, with a round trip and a consumed point for each
 * limit, could not do that.
 */
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
     * Failed logins, each counted by a key that says nothing to who reads it in Redis. Count an attempt
     * before the password is looked at and give it back after a right one: then guesses that are made all
     * at once count too. `consume` throws ChatError RATE_LIMIT_EXCEEDED with `retryAfter` in seconds.
     */
    logins: {
      email: counter("logins_of_email", config.RATE_LIMIT_LOGINS_PER_MINUTE),
      address: counter("logins_of_address", config.RATE_LIMIT_LOGINS_PER_MINUTE * LOGINS_OF_ADDRESS),
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

  function counter(name: string, points: number) {
    const limitsOf = (key: string): Limit[] =>
      points === 0
        ? []
        : [{ name, what: "failed logins", key: `limit:{${tagged(key)}}:${name}`, points, window: MINUTE }];
    return {
      async consume(key: string): Promise<void> {
        const limits = limitsOf(key);
        if (limits.length > 0) await take(limits);
      },
      /** Never rejects. */
      async giveBack(key: string): Promise<void> {
        const limits = limitsOf(key);
        if (limits.length === 0) return;
        await inRedis(
          (client) => returnToRedis(client, limits),
          () => memory.giveBack(limits),
        );
      },
    };
  }
}

const periods: Record<number, string> = { [MINUTE]: "a minute", [HOUR]: "an hour" };

/** A user id as a hash tag: a brace in it would end the tag too early. */
function tagged(userId: string): string {
  return userId.replace(/[{}%]/g, encodeURIComponent);
}
