-- Push. What is due is derived from what is stored anyway: a send, a read or a deletion writes nothing more
-- than before. A worker looks once a second at what was stored since it last looked, and enqueues jobs in the
-- same transaction that moves its mark.

-- The device's name at the socket (`auth.deviceId`), by which it is known to be connected, and the number
-- that we last put on its icon; null: none yet, or its app keeps it itself.
alter table devices
  add column device_id text check (length(device_id) <= 128),
  add column badge integer;
create index devices_last_seen on devices (last_seen_at);

-- The user's own defaults; a conversation's settings (participants.notification_settings) win over them.
alter table users add column notification_settings jsonb not null default '{}';

-- The last message of a conversation that a device was told of, and whether it still shows that. It is what makes a
-- repeated job harmless, and tells which device has something to clear when the conversation is read elsewhere.
create table push_shown (
  device_id       uuid not null references devices on delete cascade,
  conversation_id uuid not null,
  seq             bigint not null,
  open            boolean not null default true,
  primary key (device_id, conversation_id)
);
create index push_shown_conversation on push_shown (conversation_id);

-- "What was stored since …" by BRIN: for a table that only grows at its end, an insert touches no page of such
-- an index (a B-tree would cost a page write for each message), and a look at the last second reads the end.
create index message_ids_sent_at on message_ids using brin (sent_at) with (pages_per_range = 32, autosummarize = on);
create index receipts_read_at on receipts using brin (read_at) with (pages_per_range = 32, autosummarize = on);

-- One row each. `messages_to`, `changes_to`: everything before has been looked at.
create table push_state (
  one         boolean primary key default true check (one),
  messages_to timestamptz not null,
  changes_to  timestamptz not null,
  scan_after  timestamptz not null
);
insert into push_state (messages_to, changes_to, scan_after) values (now(), now(), now());

create table push_quota (
  one          boolean primary key default true check (one),
  tokens       double precision not null,
  counted_at   timestamptz not null,
  paused_until timestamptz not null
);
insert into push_quota (tokens, counted_at, paused_until) values (0, now(), now());

-- The queue in which a user's pushes are sent one after the other, so that no older one overtakes a newer.
create function push_shard(user_id text, shards integer) returns integer language sql immutable parallel safe as $$
  select (hashtext(user_id) & 2147483647) % shards
$$;

-- Looks at what was stored since the last look and enqueues it: `push_notify` for conversations with messages
-- older than `delay`, `push_clear` for users who have read, or of whose unread messages one was deleted, or who
-- left. Does nothing when another worker looked less than `every` ago. What is older than `oldest` is left out.
-- Answers whether it looked, and whether there is more to look at right away (after a standstill).
create function push_scan(delay interval, every interval, oldest interval, shards integer)
returns table (looked boolean, more boolean) language plpgsql volatile rows 1 as $$
#variable_conflict use_column
declare
  state push_state;
  horizon timestamptz;
  messages_from timestamptz;
  messages_until timestamptz;
  changes_from timestamptz;
  changes_until timestamptz;
begin
  select * into state from push_state where scan_after <= clock_timestamp() for update skip locked;
  if not found then
    return query select false, false;
    return;
  end if;
  -- A statement stamps its rows after it began. So all rows with a stamp from before the oldest open
  -- transaction are committed, and nothing can come up behind the mark. Nobody may hold it up for ever.
  select least(min(xact_start), clock_timestamp() - interval '20 ms') into horizon from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and backend_xid is not null
    and pid <> pg_backend_pid() and xact_start > clock_timestamp() - interval '15 s';
  horizon := coalesce(horizon, clock_timestamp() - interval '20 ms');

  -- A second twice, for clocks that go back when another server takes over: jobs that repeat are harmless.
  messages_from := greatest(state.messages_to - interval '1 s', now() - oldest);
  messages_until := least(horizon, clock_timestamp() - delay, messages_from + interval '5 min');
  changes_from := greatest(state.changes_to - interval '1 s', now() - oldest);
  changes_until := least(horizon, changes_from + interval '5 min');

  perform graphile_worker.add_job('push_notify', queue_name => 'push:' || shard, max_attempts => 20,
    payload => json_build_object('shard', shard, 'conversations', ids))
  from (
    select array_agg(id) as ids from (
      select id, row_number() over () as n from (
        select distinct conversation_id as id from message_ids
        where sent_at > messages_from and sent_at <= messages_until) recent) numbered
    group by (n - 1) / 500) chunks
  cross join generate_series(0, shards - 1) as shard;

  perform graphile_worker.add_job('push_clear', queue_name => 'push:' || shard, max_attempts => 20,
    payload => json_build_object('shard', shard, 'users', ids))
  from (
    select push_shard(user_id, shards) as shard, array_agg(user_id) as ids from (
      select user_id, row_number() over () as n from (
        select user_id from receipts where read_at > changes_from and read_at <= changes_until
        union
        select p.user_id from (
          select distinct conversation_id from audit
          where at > changes_from and at <= changes_until and action in ('message.deleted', 'conversation.deleted')) gone
        cross join lateral (
          select user_id from participants where conversation_id = gone.conversation_id offset 0) p
        union
        select subject_id from audit
        where at > changes_from and at <= changes_until and action like 'participant.%' and subject_id is not null
      ) changed
      where exists (select from devices d where d.user_id = changed.user_id)
    ) numbered
    group by 1, (n - 1) / 500) chunks;

  update push_state set messages_to = greatest(state.messages_to, messages_until),
    changes_to = greatest(state.changes_to, changes_until), scan_after = clock_timestamp() + every;
  return query select true, least(horizon, clock_timestamp() - delay) > messages_until + interval '1 s'
    or horizon > changes_until + interval '1 s';
end $$;

-- Takes `wanted` of the pushes that may be sent: 0 when they may go now, else the seconds after which to ask
-- again, with nothing taken. `per_minute` 0: no limit. A batch may take more than is there, which the next ones
-- wait for; so one of 500 is never too large.
create function take_push_quota(wanted integer, per_minute integer)
returns double precision language plpgsql volatile as $$
declare
  quota push_quota;
  rate double precision := per_minute / 60.0;
  available double precision;
begin
  select * into quota from push_quota for no key update;
  if quota.paused_until > clock_timestamp() then
    return extract(epoch from quota.paused_until - clock_timestamp());
  end if;
  if per_minute = 0 then
    return 0;
  end if;
  available := least(rate, quota.tokens + extract(epoch from clock_timestamp() - quota.counted_at) * rate);
  if available <= 0 then
    return greatest(-available / rate, 0.05);
  end if;
  update push_quota set tokens = available - wanted, counted_at = clock_timestamp();
  return 0;
end $$;

-- Workers that live, by the names under which graphile-worker locks jobs: see src/store/job-leases.ts.
create table job_pools (
  id      text primary key,
  seen_at timestamptz not null
);
