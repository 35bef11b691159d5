-- What a plain statement cannot do, because it sees only what was committed before it began: take a lock
-- and then look at what others wrote while it waited. It used to be two statements in a transaction block,
-- which the library does not survive when Postgres dies (docs/adr/0011-no-transaction-blocks.md).
-- In a volatile function every statement has a snapshot of its own (READ COMMITTED), so that it can.
-- `strict` where a null names no row: such a call does nothing.

-- Takes one user's reaction away. The caller's statement holds the conversation's lock and calls this for a
-- row that it read under that lock: so this DELETE begins after the wait, and finds the reaction that was
-- added during it, which a DELETE of the caller's own would miss. Answers how many rows went.
create function forget_reaction(in_conversation uuid, of_seq bigint, with_emoji text, of_user text)
returns integer language plpgsql volatile strict as $$
declare
  forgotten integer;
begin
  delete from reactions
  where conversation_id = in_conversation and seq = of_seq and emoji = with_emoji and user_id = of_user;
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;

-- The same for everybody's reactions to a message.
create function forget_reactions(in_conversation uuid, of_seq bigint)
returns integer language plpgsql volatile strict as $$
declare
  forgotten integer;
begin
  delete from reactions where conversation_id = in_conversation and seq = of_seq;
  get diagnostics forgotten = row_count;
  return forgotten;
end $$;

-- Waits until this transaction is the only one that changes the token's family, until it ends. Revoking "all
-- of the family" must see all of it, also the token that somebody issues at this moment.
create function lock_refresh_family(hash bytea) returns void language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('refresh_tokens:' || family, 0))
  from refresh_tokens where token_hash = hash;
end $$;

-- Uses a token up and issues its successor ('rotated'); one that had been used before revokes its family and
-- goes into the audit trail ('reused'); 'expired' and 'revoked' ones change nothing; for an unknown one there is
-- no row. `lifetime` in seconds.
create function rotate_refresh_token(hash bytea, successor bytea, lifetime double precision)
returns table (outcome text, user_id text, family uuid) language plpgsql volatile rows 1 as $$
#variable_conflict use_column
begin
  perform lock_refresh_family(hash);
  return query
    with presented as materialized (
      select t.id, t.family, t.user_id,
        case
          when t.revoked_at is not null then 'revoked'
          when t.used_at is not null then 'reused'
          when t.expires_at <= now() then 'expired'
          else 'rotated'
        end as outcome
      from refresh_tokens t where t.token_hash = hash
    ), used as (
      update refresh_tokens t set used_at = now()
      from presented p where t.id = p.id and p.outcome = 'rotated'
    ), issued as (
      insert into refresh_tokens (family, user_id, token_hash, expires_at)
      select p.family, p.user_id, successor, now() + make_interval(secs => lifetime)
      from presented p where p.outcome = 'rotated'
    ), revoked as (
      update refresh_tokens t set revoked_at = now()
      from presented p where t.family = p.family and p.outcome = 'reused' and t.revoked_at is null
    ), audited as (
      insert into audit (actor_id, subject_id, action, details)
      select p.user_id, p.user_id, 'refresh_token.reused', jsonb_build_object('family', p.family)
      from presented p where p.outcome = 'reused'
    )
    select p.outcome, p.user_id, p.family from presented p;
end $$;

-- Revokes the token's whole family; an unknown token revokes nothing. Answers how many tokens it revoked.
create function revoke_refresh_family(hash bytea) returns integer language plpgsql volatile as $$
declare
  revoked integer;
begin
  perform lock_refresh_family(hash);
  update refresh_tokens set revoked_at = now()
  where family = (select family from refresh_tokens where token_hash = hash) and revoked_at is null;
  get diagnostics revoked = row_count;
  return revoked;
end $$;
