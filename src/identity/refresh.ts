import { ChatError } from "../protocol/errors.ts";
import type { Session } from "../protocol/user.ts";
import { lockFamily, rotateRefreshToken } from "../store/refresh-tokens.ts";
import { findUser } from "../store/users.ts";
import {
  assertLocalAccounts,
  hashRefreshToken,
  type LocalAccounts,
  newRefreshToken,
  sessionOf,
} from "./session.ts";

/**
 * Exchanges a refresh token for a new session. Each token works once: a second use means that two
 * have it, so the whole family is revoked and both must sign in again.
 * @throws ChatError UNAUTHENTICATED when it is unknown, expired, revoked or used; FORBIDDEN without local accounts.
 */
export async function refresh(
  accounts: LocalAccounts | undefined,
  { refreshToken }: { refreshToken: string },
): Promise<Session> {
  assertLocalAccounts(accounts);
  const presented = hashRefreshToken(refreshToken);
  const successor = newRefreshToken();
  const user = await accounts.sql.begin(async (tx) => {
    await lockFamily(tx, presented);
    const lifetime = accounts.config.REFRESH_TOKEN_EXPIRES_IN;
    const rotation = await rotateRefreshToken(tx, { hash: presented, successor: successor.hash, lifetime });
    // A reuse must not throw here: that would roll its revocation back.
    return rotation.outcome === "rotated" ? findUser(tx, rotation.userId) : undefined;
  });
  if (!user)
    throw new ChatError(
      "UNAUTHENTICATED",
      "The refresh token is not valid, has expired or was used before; sign in again",
    );
  return sessionOf(accounts, user, successor.token);
}
