/**
 * Refresh tokens: only their SHA-256 is kept.
 *
 *   issued ──rotate──▶ used (and a new one of the same family is issued)
 *      └──────────────revoked◀── the family: a used one came again, or logout
 *
 * Invariant: a family has at most one token that is neither used, revoked nor expired. Rows stay until
 * they expire, so that a late second use is still recognised.
 *
 * What changes a family locks it first and then looks at it anew, in functions of 0003_lock_then_read.sql: one
 * statement here, for the reason in docs/adr/0011-no-transaction-blocks.md.
 */
import type { Db } from "./client.ts";
import type { UserRow } from "./users.ts";

/** Starts a family with its first token. `lifetime` in seconds. */
export async function insertRefreshToken(
  db: Db,
  token: { userId: string; hash: Uint8Array; lifetime: number },
): Promise<void> {
  await db`
    insert into refresh_tokens (family, user_id, token_hash, expires_at)
    values (gen_random_uuid(), ${token.userId}, ${token.hash}, now() + make_interval(secs => ${token.lifetime}))`;
}

export type Rotation =
  | { outcome: "rotated"; user: UserRow }
  | { outcome: "reused" | "expired" | "revoked" | "unknown" };

/**
 * Uses a token up and issues its successor, or, when it had been used before, revokes its family and
 * writes that into the audit trail. Uses of one family go one after the other. `lifetime` in seconds.
 */
export async function rotateRefreshToken(
  db: Db,
  token: { hash: Uint8Array; successor: Uint8Array; lifetime: number },
): Promise<Rotation> {
  const [row] = await db<(UserRow & { outcome: Exclude<Rotation["outcome"], "unknown"> })[]>`
    select r.outcome, u.id, u.name, u.email, u.avatar_url as "avatarUrl", u.last_seen as "lastSeen"
    from rotate_refresh_token(${token.hash}, ${token.successor}, ${token.lifetime}) r
    join users u on u.id = r.user_id`;
  if (!row) return { outcome: "unknown" };
  const { outcome, ...user } = row;
  return outcome === "rotated" ? { outcome, user } : { outcome };
}

/** Revokes the token's whole family; an unknown token revokes nothing. @returns how many tokens it revoked. */
export async function revokeFamily(db: Db, hash: Uint8Array): Promise<number> {
  const [row] = await db<{ revoked: number }[]>`select revoke_refresh_family(${hash}) as revoked`;
  return row!.revoked;
}
