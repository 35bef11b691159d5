import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";

/** Counts something by key within a time window. */
export interface Limiter {
  /** Counts one. @throws ChatError RATE_LIMIT_EXCEEDED when there are too many. */
  consume(key: string): Promise<void>;
  /** Takes one back: only what fails is to count. */
  giveBack(key: string): Promise<void>;
}

/** `createLimits(…).logins` of src/bus: RATE_LIMIT_LOGINS_PER_MINUTE for each e-mail address, ten times that for each network address. */
export interface LoginLimits {
  email: Limiter;
  address: Limiter;
}

/**
 * Counts an attempt before the password is looked at, so that guesses sent all at once are counted too;
 * the returned function takes it back when the attempt succeeded.
 * @throws ChatError RATE_LIMIT_EXCEEDED with `retryAfter`.
 */
export async function countAttempt(
  limits: LoginLimits,
  attempt: { email: string; address: string },
): Promise<() => Promise<void>> {
  const addressKey = networkOf(attempt.address);
  // An e-mail address is personal data and would be readable in Redis' keys.
  const emailKey = createHash("sha256").update(attempt.email.toLowerCase()).digest("base64url");
  await limits.address.consume(addressKey);
  await limits.email.consume(emailKey);
  return async () => {
    await Promise.all([limits.address.giveBack(addressKey), limits.email.giveBack(emailKey)]);
  };
}

/** An IPv4 address as it is; of an IPv6 address the first 64 bits, since one customer has all the rest. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped?.[1]) return mapped[1];
  if (!isIPv6(address)) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const left = head === "" ? [] : head.split(":");
  const right = tail ? tail.split(":") : [];
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = tail === undefined ? left : [...left, ...zeros, ...right];
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
