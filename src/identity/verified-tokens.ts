import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { TokenClaims } from "./token-claims.ts";

/** About 10 MB at the most. */
const MAX_TOKENS = 20_000;
/** Longest memory, in ms: so soon a key that the provider has withdrawn is looked at again. */
const MEMORY = 60_000;

/**
 * Remembers which tokens were verified: a client sends the same one with each request, and a signature
 * costs 100 to 200 µs of CPU, a look 3. Kept by SHA-256, so that the memory holds no token; a remembered
 * one is verified again once its time has come. Refusals are not remembered.
 */
export function rememberVerified(
  verify: (token: string) => Promise<TokenClaims>,
  onLook: (hit: boolean) => void = () => {},
): (token: string) => Promise<TokenClaims> {
  const verified = new LRUCache<string, TokenClaims>({ max: MAX_TOKENS, ttl: MEMORY });
  return async (token) => {
    const key = hash("sha256", token, "base64url");
    const known = verified.get(key);
    const good = known !== undefined && known.expiresAt.getTime() > Date.now();
    onLook(good);
    if (good) return known;
    const claims = await verify(token);
    verified.set(key, claims);
    return claims;
  };
}
