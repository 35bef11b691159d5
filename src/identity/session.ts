import { createHash, randomBytes } from "node:crypto";
import type { Config } from "../config/settings.ts";
import { ChatError } from "../protocol/errors.ts";
import type { Session } from "../protocol/user.ts";
import type { Sql } from "../store/client.ts";
import { type UserRow, userOfRow } from "../store/users.ts";
import type { LoginLimits } from "./limiter.ts";
import type { OwnTokens } from "./own-tokens.ts";

export type IdentityConfig = Pick<
  Config,
  | "JWT_SECRET"
  | "JWT_EXPIRES_IN"
  | "REFRESH_TOKEN_EXPIRES_IN"
  | "JWT_JWKS_URL"
  | "JWT_ISSUER"
  | "JWT_AUDIENCE"
  | "LOCAL_ACCOUNTS"
  | "PASSWORD_SCRYPT_COST"
  | "CACHE_TTL"
>;

/** What the verbs of local accounts work with. */
export interface LocalAccounts {
  sql: Sql;
  config: IdentityConfig;
  tokens: OwnTokens;
  limits: LoginLimits;
  /** Of nobody's password: what an unknown e-mail address is compared with. */
  decoyHash: Promise<string>;
}

/** A refresh token: 256 random bits, of which only the SHA-256 is ever stored. */
export function newRefreshToken(): { token: string; hash: Uint8Array } {
  const token = randomBytes(32).toString("base64url");
  return { token, hash: hashRefreshToken(token) };
}

// Plain SHA-256 is enough: unlike a password, 256 random bits cannot be guessed.
export function hashRefreshToken(token: string): Uint8Array {
  return createHash("sha256").update(token).digest();
}

/** What register, login and refresh answer with. */
export async function sessionOf(
  accounts: LocalAccounts,
  user: UserRow,
  refreshToken: string,
): Promise<Session> {
  const expiresIn = accounts.config.JWT_EXPIRES_IN;
  const accessToken = await accounts.tokens.sign(user.id, expiresIn);
  return { user: userOfRow(user), accessToken, refreshToken, expiresIn };
}

/** @throws ChatError FORBIDDEN when this platform has no accounts of its own. */
export function assertLocalAccounts(accounts: LocalAccounts | undefined): asserts accounts is LocalAccounts {
  if (accounts === undefined)
    throw new ChatError(
      "FORBIDDEN",
      "This platform has no accounts of its own: sign in at the identity provider and use its access token",
    );
}
