import type * as z from "zod";
import { ChatError } from "../protocol/errors.ts";
import { isStorable } from "../protocol/primitives.ts";
import type { Credentials, Session } from "../protocol/user.ts";
import { insertRefreshToken } from "../store/refresh-tokens.ts";
import { findUserByEmail, replacePasswordHash } from "../store/users.ts";
import { countAttempt } from "./limiter.ts";
import { hashPassword, isOutdated, verifyPassword } from "./passwords.ts";
import { assertLocalAccounts, type LocalAccounts, newRefreshToken, sessionOf } from "./session.ts";

/**
 * Signs a user in. Who tries cannot tell an unknown e-mail address from a wrong password, neither by
 * the answer nor by its time.
 * @param address the network address of who tries, for the limit.
 * @throws ChatError UNAUTHENTICATED, RATE_LIMIT_EXCEEDED after too many failures, FORBIDDEN without local accounts.
 */
export async function login(
  accounts: LocalAccounts | undefined,
  { email, password }: z.output<typeof Credentials>,
  address: string,
): Promise<Session> {
  assertLocalAccounts(accounts);
  const succeeded = await countAttempt(accounts.limits, { email, address });
  // What Postgres cannot even hold is nobody's e-mail address.
  const user = isStorable(email) ? await findUserByEmail(accounts.sql, email) : undefined;
  const known = user?.passwordHash ?? undefined;
  const right = await verifyPassword(password, known ?? (await accounts.decoyHash));
  if (!user || known === undefined || !right)
    throw new ChatError("UNAUTHENTICATED", "The e-mail address or the password is wrong");

  await succeeded();
  const cost = accounts.config.PASSWORD_SCRYPT_COST;
  if (isOutdated(known, cost))
    await replacePasswordHash(accounts.sql, user.id, known, await hashPassword(password, cost));
  const { token, hash } = newRefreshToken();
  const lifetime = accounts.config.REFRESH_TOKEN_EXPIRES_IN;
  await insertRefreshToken(accounts.sql, { userId: user.id, hash, lifetime });
  return sessionOf(accounts, user, token);
}
