/**
 * Who is online, in Redis. Each gateway holds one lease and writes its devices into a hash for each user.
 * The script that changes a hash tells in the same step whether the user's status changed by it, so of all
 * gateways exactly one learns of each transition and announces it. When a gateway's lease runs out, one of
 * the others claims what it left behind and takes its devices away by the same script.
 *
 *   presence:user:<user>             hash    <gateway>/<device> → "0" in use, else ms of its last use
 *   presence:gateway:<gateway>:users set     whose hashes hold fields of this gateway
 *   presence:{gateways}              zset    gateway → when its lease ends (and two more for claims)
 */
import type { PresenceStatus } from "../protocol/user.ts";
import { luaScript } from "./lua/script.ts";
import type { RedisClient } from "./redis.ts";

/** How long a lease holds without being renewed, in ms. */
export const LEASE = 12_000;
/** How often it is renewed, in ms. */
export const RENEW_EVERY = 3000;

/** Users for each round of commands: more would hold up Redis's other clients. */
const BATCH = 500;
const CLAIM_RETRY = 60_000;
const CLAIM_FORGET = 3_600_000;

const leases = "presence:{gateways}";
const claimKeys = [leases, `${leases}:claimed`, `${leases}:unfinished`];
const userKey = (userId: string) => `presence:user:${userId}`;
const usersKey = (gateway: string) => `presence:gateway:${gateway}:users`;

const setPresence = luaScript("set-presence.lua");
const renewGateway = luaScript("renew-gateway.lua");
const claimGateways = luaScript("claim-gateways.lua");

/** What is known of one user; `lastActive` (ms since 1970) when away. */
export interface UserPresence {
  status: PresenceStatus;
  lastActive?: number;
}

/** What a write did to a user: the same before and after when others need not be told. */
export interface PresenceChange {
  userId: string;
  before: PresenceStatus;
  after: PresenceStatus;
  lastActive?: number;
}

/** A device's new state: "0" in use, ms since 1970 of its last use, "" gone. */
export interface DeviceState {
  deviceId: string;
  value: string;
}

const statuses: readonly PresenceStatus[] = ["offline", "away", "online"];

function changeOf(userId: string, answer: unknown): PresenceChange {
  const [before = 0, after = 0, lastActive = 0] = answer as number[];
  return {
    userId,
    before: statuses[before] ?? "offline",
    after: statuses[after] ?? "offline",
    ...(lastActive > 0 && { lastActive }),
  };
}

/** Gives a gateway its first lease. */
export async function takeLease(redis: RedisClient, gateway: string): Promise<void> {
  await renewGateway(redis, [leases], [gateway, LEASE, "new"]);
}

/**
 * Renews the gateway's lease.
 * @returns false when it is not there any more: Redis lost its data, or the gateway was given up (see
 *   `wasClaimed`). A gateway without its lease must begin anew under another name.
 */
export async function renewLease(redis: RedisClient, gateway: string): Promise<boolean> {
  return (await renewGateway(redis, [leases], [gateway, LEASE, "held"])) === 1;
}

/** Ends the lease now, so that others take over after their grace instead of after the lease. */
export async function endLease(redis: RedisClient, gateway: string): Promise<void> {
  await renewGateway(redis, [leases], [gateway, 0, "held"]);
}

/** Whether others have cleaned up after this gateway, and so announced its users offline. */
export async function wasClaimed(redis: RedisClient, gateway: string): Promise<boolean> {
  return (await redis.zscore(claimKeys[1] ?? "", gateway)) !== null;
}

/** How many gateways hold a lease that has not run out. */
export async function liveGateways(redis: RedisClient): Promise<number> {
  const [seconds = 0] = await redis.time();
  return redis.zcount(leases, Number(seconds) * 1000, "+inf");
}

/**
 * Writes states of this gateway's devices, user by user, in batches.
 * @returns each user's transition as far as written; rejects when Redis does not answer.
 */
export async function* writeDevices(
  redis: RedisClient,
  gateway: string,
  users: ReadonlyMap<string, readonly DeviceState[]>,
): AsyncGenerator<PresenceChange[]> {
  for (const batch of batches([...users])) {
    const present = batch.filter(([, devices]) => devices.some((device) => device.value !== ""));
    // Before the hashes: a user too many in the set costs a look, one too few would stay online for ever.
    if (present.length > 0) await redis.sadd(usersKey(gateway), ...present.map(([userId]) => userId));
    yield await Promise.all(
      batch.map(async ([userId, devices]) =>
        changeOf(
          userId,
          await setPresence(
            redis,
            [userKey(userId)],
            ["", ...devices.flatMap(({ deviceId, value }) => [`${gateway}/${deviceId}`, value])],
          ),
        ),
      ),
    );
  }
}

/** Forgets users of whom the gateway has no device any more. */
export async function forgetUsers(
  redis: RedisClient,
  gateway: string,
  userIds: readonly string[],
): Promise<void> {
  for (const batch of batches(userIds)) await redis.srem(usersKey(gateway), ...batch);
}

/** The status of each of the users. Rejects when Redis does not answer. */
export async function lookupPresence(
  redis: RedisClient,
  userIds: readonly string[],
): Promise<Map<string, UserPresence>> {
  const found = new Map<string, UserPresence>();
  for (const batch of batches(userIds)) {
    const values = await Promise.all(batch.map((userId) => redis.hvals(userKey(userId))));
    batch.forEach((userId, i) => {
      found.set(userId, presenceOf(values[i] ?? []));
    });
  }
  return found;
}

/**
 * Which devices of each user are connected, each with whether it is in use. Users without any are left out.
 * Rejects when Redis does not answer.
 */
export async function lookupDevices(
  redis: RedisClient,
  userIds: readonly string[],
): Promise<Map<string, Map<string, boolean>>> {
  const found = new Map<string, Map<string, boolean>>();
  for (const batch of batches(userIds)) {
    const hashes = await Promise.all(batch.map((userId) => redis.hgetall(userKey(userId))));
    batch.forEach((userId, i) => {
      const devices = new Map<string, boolean>();
      for (const [field, value] of Object.entries(hashes[i] ?? {})) {
        const deviceId = field.slice(field.indexOf("/") + 1);
        devices.set(deviceId, devices.get(deviceId) === true || value === "0");
      }
      if (devices.size > 0) found.set(userId, devices);
    });
  }
  return found;
}

function presenceOf(values: readonly string[]): UserPresence {
  if (values.length === 0) return { status: "offline" };
  if (values.includes("0")) return { status: "online" };
  return { status: "away", lastActive: Math.max(...values.map(Number)) };
}

/** A gateway whose lease ended (ms since 1970) without being renewed. */
export interface DeadGateway {
  gateway: string;
  endedAt: number;
}

/** Takes over gateways whose leases have been over for `grace` ms; each is handed to one caller only. */
export async function claimDead(redis: RedisClient, grace: number): Promise<DeadGateway[]> {
  const answer = (await claimGateways(redis, claimKeys, [grace, CLAIM_RETRY, CLAIM_FORGET])) as string[];
  const dead: DeadGateway[] = [];
  for (let i = 0; i + 1 < answer.length; i += 2)
    dead.push({ gateway: answer[i] ?? "", endedAt: Number(answer[i + 1]) });
  return dead;
}

/**
 * Takes the devices of a claimed gateway away. A batch is dealt with when the next one is asked for: a
 * caller that dies before leaves it to the next.
 */
export async function* sweepGateway(redis: RedisClient, gateway: string): AsyncGenerator<PresenceChange[]> {
  for (;;) {
    const userIds = await redis.srandmember(usersKey(gateway), BATCH);
    if (userIds.length === 0) break;
    yield await Promise.all(
      userIds.map(async (userId) => changeOf(userId, await setPresence(redis, [userKey(userId)], [gateway]))),
    );
    await redis.srem(usersKey(gateway), ...userIds);
  }
  await redis.zrem(claimKeys[2] ?? "", gateway);
}

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let i = 0; i < items.length; i += BATCH) yield items.slice(i, i + BATCH);
}
