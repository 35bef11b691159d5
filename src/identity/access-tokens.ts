import { decodeProtectedHeader } from "jose";
import { isUniqueViolation, type Sql } from "../store/client.ts";
import { insertProviderUser, userExists } from "../store/users.ts";
import { knownIds } from "./known-ids.ts";
import type { OwnTokens } from "./own-tokens.ts";
import { type ProviderTokens, providerAlgorithms } from "./provider-tokens.ts";
import { badToken, type TokenClaims } from "./token-claims.ts";
import { rememberVerified } from "./verified-tokens.ts";

/** Who a request or a socket speaks for, and until when. */
export interface Bearer {
  userId: string;
  expiresAt: Date;
}

/** The longest token that is looked at, in characters; more is not a token but an attack. */
const MAX_TOKEN_LENGTH = 8192;

const asymmetric: ReadonlySet<unknown> = new Set(providerAlgorithms);

/**
 * Verifies an access token, whoever made it, without a look at the database.
 * The header's `alg` decides only which of the configured verifiers is asked; each of them has its own
 * fixed list and its own keys.
 * @throws ChatError UNAUTHENTICATED; UNAVAILABLE when a provider's keys cannot be had.
 */
export async function verifyAccessToken(
  verifiers: { own: OwnTokens | undefined; provider: ProviderTokens | undefined },
  token: unknown,
): Promise<TokenClaims> {
  if (!isPlausible(token)) throw badToken();
  const algorithm = algorithmOf(token);
  if (algorithm === "HS256" && verifiers.own) return verifiers.own.verify(token);
  if (asymmetric.has(algorithm) && verifiers.provider) return verifiers.provider.verify(token);
  throw badToken();
}

function isPlausible(token: unknown): token is string {
  return typeof token === "string" && token.length <= MAX_TOKEN_LENGTH;
}

function algorithmOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token).alg;
  } catch (error) {
    throw badToken(error);
  }
}

/**
 * The check that every request and every handshake passes: the token is valid and its user exists. A
 * provider's user is created at first sight. Who exists is remembered for `cacheTtl` seconds (0: not),
 * so that as a rule no query is needed.
 * @returns a function that throws ChatError UNAUTHENTICATED, or UNAVAILABLE (no keys), or what Postgres throws.
 */
export function createAuthenticator(deps: {
  sql: Sql;
  own: OwnTokens | undefined;
  provider: ProviderTokens | undefined;
  cacheTtl: number;
  onLook?: ((hit: boolean) => void) | undefined;
}): (token: unknown) => Promise<Bearer> {
  const isKnown = knownIds(deps.cacheTtl);
  const verify = rememberVerified((token) => verifyAccessToken(deps, token), deps.onLook);
  return async (token) => {
    if (!isPlausible(token)) throw badToken();
    const claims = await verify(token);
    const known = await isKnown(claims.userId, () => seen(deps.sql, claims));
    if (!known) throw badToken();
    return { userId: claims.userId, expiresAt: claims.expiresAt };
  };
}

async function seen(sql: Sql, claims: TokenClaims): Promise<boolean> {
  if (await userExists(sql, claims.userId)) return true;
  if (!claims.fromProvider) return false;
  const name = claims.name ?? claims.email?.split("@")[0] ?? claims.userId;
  const user = { id: claims.userId, email: claims.email ?? null, name };
  try {
    await insertProviderUser(sql, user);
  } catch (error) {
    // Somebody took the e-mail address between the look and the insert: the second look sees it.
    if (!isUniqueViolation(error)) throw error;
    await insertProviderUser(sql, user);
  }
  return true;
}
