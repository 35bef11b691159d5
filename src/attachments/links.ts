/**
 * Links by which a browser gets a file without any header, as <img> must: made for one user, for some minutes. They
 * replace signing in only: whether that user may still see the file is asked at each use.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { ChatError } from "../protocol/errors.ts";

export interface LinkQuery {
  user: string;
  /** Seconds since 1970. */
  expires: number;
  signature: string;
}

/** @param lifetime seconds that a link is valid at least, and twice as many at most. */
export function createLinks(key: Buffer, lifetime: number, now: () => number = () => Date.now()) {
  function sign(id: string, user: string, expires: number): Buffer {
    return createHmac("sha256", key).update(`${id}\n${expires}\n${user}`).digest();
  }

  return {
    /** Asked again within `lifetime` it is as a rule the same, so that a browser keeps what it has. */
    make(id: string, user: string): { url: string; expiresAt: Date } {
      const expires = Math.ceil(now() / 1000 / lifetime + 1) * lifetime;
      const signature = sign(id, user, expires).toString("base64url");
      const query = new URLSearchParams({ user, expires: String(expires), signature });
      return { url: `/attachments/${id}/content?${query}`, expiresAt: new Date(expires * 1000) };
    },

    /** @returns seconds that the link is still valid. @throws ChatError FORBIDDEN for one that is not. */
    check(id: string, { user, expires, signature }: LinkQuery): number {
      const given = Buffer.from(signature, "base64url");
      const wanted = sign(id, user, expires);
      const left = expires - now() / 1000;
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted) || left <= 0)
        throw new ChatError(
          "FORBIDDEN",
          `This link is not valid any more: ask GET /attachments/${id} for a new one`,
        );
      return left;
    },
  };
}
