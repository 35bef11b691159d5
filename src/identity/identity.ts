/**
 * Identity: who somebody is. Local accounts with passwords and rotating refresh tokens, and access
 * tokens, own ones or an identity provider's.
 *
 * Invariants: no password and no refresh token is stored or logged, only hashes; a token's algorithm is
 * never the token's choice; a refresh token works once.
 */
import { randomBytes } from "node:crypto";
import type { Sql } from "../store/client.ts";
import { type Bearer, createAuthenticator } from "./access-tokens.ts";
import type { LoginLimits } from "./limiter.ts";
import { createOwnTokens } from "./own-tokens.ts";
import { hashPassword } from "./passwords.ts";
import { createProviderTokens } from "./provider-tokens.ts";
import type { IdentityConfig, LocalAccounts } from "./session.ts";

export interface Identity {
  /**
   * Who the bearer of an access token is.
   * @throws ChatError UNAUTHENTICATED (anything but a valid token of an existing user), UNAVAILABLE.
   */
  authenticate(token: unknown): Promise<Bearer>;
  /** What register, login, refresh and logout take; undefined when LOCAL_ACCOUNTS is off. */
  accounts: LocalAccounts | undefined;
}

/** Puts identity together from the settings. Holds no connection and no timer: there is nothing to stop. */
export function createIdentity(deps: {
  sql: Sql;
  config: IdentityConfig;
  limits: LoginLimits;
  /** Told of each look for a token that was verified before. */
  onLook?: (hit: boolean) => void;
}): Identity {
  const { sql, config, limits } = deps;
  const own = config.JWT_SECRET ? createOwnTokens(config.JWT_SECRET) : undefined;
  const provider =
    config.JWT_JWKS_URL && config.JWT_ISSUER && config.JWT_AUDIENCE
      ? createProviderTokens({
          jwksUrl: config.JWT_JWKS_URL,
          issuer: config.JWT_ISSUER,
          audience: config.JWT_AUDIENCE,
        })
      : undefined;
  return {
    authenticate: createAuthenticator({
      sql,
      own,
      provider,
      cacheTtl: config.CACHE_TTL,
      onLook: deps.onLook,
    }),
    accounts: config.LOCAL_ACCOUNTS && own ? localAccounts(sql, config, own, limits) : undefined,
  };
}

function localAccounts(
  sql: Sql,
  config: IdentityConfig,
  tokens: LocalAccounts["tokens"],
  limits: LoginLimits,
): LocalAccounts {
  const decoyHash = hashPassword(randomBytes(16).toString("hex"), config.PASSWORD_SCRYPT_COST);
  decoyHash.catch(() => {}); // whoever awaits it is told
  return { sql, config, tokens, limits, decoyHash };
}
