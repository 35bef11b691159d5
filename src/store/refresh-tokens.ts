/**
 * Refresh tokens: only their SHA-256 is kept.
 *
 *   issued ──rotate──▶ used (and a new one of the same family is issued)
 *      └──────────────revoked◀── the family: a used one came again, or logout
 *
 * Invariant: a family has at most one token that is neither used, revoked nor expired. Rows stay until
 * they expire, so that a late second use is still recognised.
 */
import type { Db, Tx } from "./client.ts";

/** Starts a family with its first token. `lifetime` in seconds. */
export async function insertRefreshToken(
  db: Db,
  token: { userId: string; hash: Uint8Array; lifetime: number },
): Promise<void> {
  await db`
    insert into refresh_tokens (family, user_id, token_hash, expires_at)
    values (gen_random_uuid(), ${token.userId}, ${token.hash}, now() + make_interval(secs => ${token.lifetime}))`;
}

/**
 * Waits until this transaction is the only one that changes the token's family. It must be a statement
 * of its own, before the change: only a statement that begins after the wait sees the tokens that others
 * issued meanwhile, and revoking "all of the family" must see all of it.
 */
export async function lockFamily(tx: Tx, hash: Uint8Array): Promise<void> {
  await tx`
    select pg_advisory_xact_lock(hashtextextended('refresh_tokens:' || family, 0))
    from refresh_tokens where token_hash = ${hash}`;
}

export type Rotation =
  | { outcome: "rotated" | "reused"; userId: string; family: string }
  | { outcome: "expired" | "revoked" | "unknown" };

/**
 * Uses a token up and issues its successor, or, when it had been used before, revokes its family and
 * writes that into the audit trail. Call it after `lockFamily`, in the same transaction. `lifetime` in seconds.
 */
export async function rotateRefreshToken(
  tx: Tx,
  token: { hash: Uint8Array; successor: Uint8Array; lifetime: number },
): Promise<Rotation> {
  const [row] = await tx<Rotation[]>`
    with presented as materialized (
      select id, family, user_id,
        case
          when revoked_at is not null then 'revoked'
          when used_at is not null then 'reused'
          when expires_at <= now() then 'expired'
          else 'rotated'
        end as outcome
      from refresh_tokens where token_hash = ${token.hash}
    ), used as (
      update refresh_tokens t set used_at = now()
      from presented p where t.id = p.id and p.outcome = 'rotated'
    ), issued as (
      insert into refresh_tokens (family, user_id, token_hash, expires_at)
      select family, user_id, ${token.successor}, now() + make_interval(secs => ${token.lifetime})
      from presented where outcome = 'rotated'
    ), revoked as (
      update refresh_tokens t set revoked_at = now()
      from presented p where t.family = p.family and p.outcome = 'reused' and t.revoked_at is null
    ), audited as (
      insert into audit (actor_id, subject_id, action, details)
      select user_id, user_id, 'refresh_token.reused', jsonb_build_object('family', family)
      from presented where outcome = 'reused'
    )
    select outcome, user_id as "userId", family from presented`;
  return row ?? { outcome: "unknown" };
}

/** Revokes the token's whole family; an unknown token revokes nothing. Call it after `lockFamily`. */
export async function revokeFamily(tx: Tx, hash: Uint8Array): Promise<void> {
  await tx`
    update refresh_tokens set revoked_at = now()
    where family = (select family from refresh_tokens where token_hash = ${hash}) and revoked_at is null`;
}

/**
 * Deletes tokens that expired before `before`, at most `limit` of them; for the worker's retention.
 * @returns how many it deleted: as many as `limit` means there may be more.
 */
export async function deleteExpiredRefreshTokens(db: Db, before: Date, limit: number): Promise<number> {
  const result = await db`
    delete from refresh_tokens where id in (
      select id from refresh_tokens where expires_at < ${before} order by expires_at limit ${limit}
      for update skip locked)`;
  return result.count;
}
