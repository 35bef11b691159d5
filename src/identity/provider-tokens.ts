/**
 * Access tokens of an identity provider, verified with the keys it publishes.
 *
 * - Algorithms come from a fixed list of asymmetric ones: a token can neither choose `none` nor have a
 *   public key taken for an HMAC secret.
 * - Keys are kept while the provider is away, so that its outage does not sign everybody out; they are
 *   asked for again every few minutes in the background, and when a token names an unknown one.
 */
import { createRemoteJWKSet, errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import { ChatError } from "../protocol/errors.ts";
import { badToken, claimsOf, type TokenClaims } from "./token-claims.ts";

export const providerAlgorithms = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

/** How old the keys may grow before they are asked for again, in ms. */
const REFRESH_AFTER = 10 * 60_000;
/** Longest wait for the provider, in ms. */
const FETCH_TIMEOUT = 5000;
/** Least time between two requests caused by unknown keys, in ms: anybody can make up key ids. */
const COOLDOWN = 30_000;
/** By how much the provider's clock may differ from ours, in seconds. */
const CLOCK_TOLERANCE = 5;

export interface ProviderTokens {
  /** @throws ChatError UNAUTHENTICATED, or UNAVAILABLE when the provider's keys cannot be had. */
  verify(token: string): Promise<TokenClaims>;
}

/** The provider's tokens for this service: issuer and audience must both match. */
export function createProviderTokens(provider: {
  jwksUrl: string;
  issuer: string;
  audience: string;
}): ProviderTokens {
  const keys = keepingKeys(provider.jwksUrl);
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, keys, {
          algorithms: [...providerAlgorithms],
          issuer: provider.issuer,
          audience: provider.audience,
          requiredClaims: ["sub", "exp"],
          clockTolerance: CLOCK_TOLERANCE,
        });
        return claimsOf(payload, true);
      } catch (error) {
        throw isRefusal(error) ? badToken(error) : keysMissing(error);
      }
    },
  };
}

function keepingKeys(url: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: FETCH_TIMEOUT,
    cooldownDuration: COOLDOWN,
    cacheMaxAge: Number.POSITIVE_INFINITY,
  });
  let askedAt = Date.now();
  return (header, token) => {
    if (Date.now() - askedAt > REFRESH_AFTER) {
      askedAt = Date.now();
      keys.reload().catch(() => {}); // the old keys stay; the next refresh tries again
    }
    return keys(header, token);
  };
}

/** Whether the token itself is at fault, rather than the way to the keys. */
function isRefusal(error: unknown): boolean {
  if (error instanceof ChatError) return true;
  // A plain JOSEError is "the key set's answer was not a key set"; the subclasses speak of the token.
  const aboutKeySet = error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid;
  return error instanceof errors.JOSEError && error.constructor !== errors.JOSEError && !aboutKeySet;
}

function keysMissing(cause: unknown): ChatError {
  return new ChatError("UNAVAILABLE", "The identity provider does not answer at the moment; try again", {
    retryAfter: 5,
    cause,
  });
}
