import { ChatError } from "../protocol/errors.ts";
import type { Session } from "../protocol/user.ts";
import { rotateRefreshToken } from "../store/refresh-tokens.ts";
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
  const lifetime = accounts.config.REFRESH_TOKEN_EXPIRES_IN;
  const rotation = await rotateRefreshToken(accounts.sql, {
    hash: presented,
    successor: successor.hash,
    lifetime,
  });
  if (rotation.outcome !== "rotated")
    throw new ChatError(
      "UNAUTHENTICATED",
      "The refresh token is not valid, has expired or was used before; sign in again",
    );
  return sessionOf(accounts, rotation.user, successor.token);
}
