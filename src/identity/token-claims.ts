import type { JWTPayload } from "jose";
import * as z from "zod";
import { ChatError } from "../protocol/errors.ts";
import { isStorable, UserId } from "../protocol/primitives.ts";

/** What a verified access token says. */
export interface TokenClaims {
  userId: string;
  expiresAt: Date;
  /** Whether an identity provider made it, whose users are created at first sight. */
  fromProvider: boolean;
  name: string | undefined;
  email: string | undefined;
}

/** The one answer to every token that is not accepted: why is for the log, not for a forger. */
export function badToken(cause?: unknown): ChatError {
  return new ChatError("UNAUTHENTICATED", "The access token is not valid or has expired; sign in again", {
    ...(cause !== undefined && { cause }),
  });
}

/** JavaScript's last moment, in seconds: an `exp` beyond it would make an invalid Date. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * The claims of a verified payload.
 * @throws ChatError UNAUTHENTICATED when `sub` cannot be a user's id.
 */
export function claimsOf(payload: JWTPayload, fromProvider: boolean): TokenClaims {
  const userId = UserId.safeParse(payload.sub);
  if (!userId.success || payload.exp === undefined) throw badToken(userId.error);
  return {
    userId: userId.data,
    expiresAt: new Date(Math.min(payload.exp, LAST_SECOND) * 1000),
    fromProvider,
    name: nameOf(payload),
    email: emailOf(payload),
  };
}

function nameOf(payload: JWTPayload): string | undefined {
  const candidates = [payload.name, payload.preferred_username, payload.nickname];
  for (const candidate of candidates) {
    if (typeof candidate !== "string" || !isStorable(candidate)) continue;
    const name = [...candidate.trim()].slice(0, 200).join("");
    if (name !== "") return name;
  }
  return undefined;
}

const ProviderEmail = z.email().max(320);

function emailOf(payload: JWTPayload): string | undefined {
  // Only an explicit "not verified" counts: several providers verify and do not say so.
  if (payload.email_verified === false) return undefined;
  return ProviderEmail.safeParse(payload.email).data;
}
