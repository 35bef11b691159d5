/** What is deleted when it has been of no use for long enough. */
import type { Db } from "./client.ts";

/**
 * Deletes refresh tokens that expired, or were revoked, more than `days` ago: at most `limit`, so that no
 * statement takes long. Used ones stay until they expire, since their second use is what betrays a theft.
 * @returns how many it deleted; as many as `limit`: there may be more.
 */
export async function deleteDeadRefreshTokens(db: Db, days: number, limit: number): Promise<number> {
  const result = await db`
    delete from refresh_tokens where id in (
      select id from refresh_tokens
      where expires_at < now() - make_interval(days => ${days})
        or revoked_at < now() - make_interval(days => ${days})
      limit ${limit} for update skip locked)`;
  return result.count;
}
