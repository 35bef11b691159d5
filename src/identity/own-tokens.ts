/** Nexus's own access tokens: HS256 by JWT_SECRET, `sub` is the user's id, and nothing else is needed. */
import { jwtVerify, SignJWT } from "jose";
import { badToken, claimsOf, type TokenClaims } from "./token-claims.ts";

export interface OwnTokens {
  /** A token for the user. `lifetime` in seconds. */
  sign(userId: string, lifetime: number): Promise<string>;
  /** @throws ChatError UNAUTHENTICATED when it is forged, malformed or expired. */
  verify(token: string): Promise<TokenClaims>;
}

/** Own tokens under this secret. The key is imported once: that takes longer than a verification. */
export function createOwnTokens(secret: string): OwnTokens {
  const key = crypto.subtle.importKey(
    "raw",
    new TextEncoder().encode(secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  return {
    async sign(userId, lifetime) {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({})
        .setProtectedHeader({ alg: "HS256", typ: "JWT" })
        .setSubject(userId)
        .setIssuedAt(now)
        .setExpirationTime(now + lifetime)
        .sign(await key);
    },
    async verify(token) {
      const options = { algorithms: ["HS256"], requiredClaims: ["sub", "exp"] };
      try {
        return claimsOf((await jwtVerify(token, await key, options)).payload, false);
      } catch (error) {
        throw badToken(error);
      }
    },
  };
}
