-- The first schema. Rules that hold for every migration: forward only, one transaction each,
-- never edited once landed (the runner compares checksums).
--
-- Why user ids are text: the contract says `sub` of an access token is the user's id, and identity
-- providers choose what `sub` looks like. COLLATE "C" makes comparing them a memcmp.
-- Why times are timestamptz(3): clients see milliseconds; what they send back must compare equal.

create table users (
  id             text collate "C" primary key check (length(id) between 1 and 128),
  email          text check (length(email) <= 320),
  name           text not null check (length(name) between 1 and 200),
  password_hash  text,                       -- null: signs in through an identity provider only
  avatar_url     text check (length(avatar_url) <= 2048),
  public_encryption_key text,
  last_seen      timestamptz(3),
  created_at     timestamptz(3) not null default now(),
  updated_at     timestamptz(3) not null default now()
);
create unique index users_email on users (lower(email));
create index users_name on users (lower(name) text_pattern_ops);

-- A device that can be pushed to; its token belongs to one user at a time.
create table devices (
  id           uuid primary key default gen_random_uuid(),
  user_id      text collate "C" not null references users on delete cascade,
  push_token   text not null unique check (length(push_token) between 1 and 4096),
  platform     text not null default 'web' check (platform in ('android', 'ios', 'web')),
  app_version  text,
  language     text,
  created_at   timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now()
);
create index devices_user on devices (user_id);

-- Refresh tokens rotate: each use marks the row used and adds one of the same family. A second use
-- of a used token is theft or a bug, and revokes the family. Only hashes are kept.
create table refresh_tokens (
  id         uuid primary key default gen_random_uuid(),
  family     uuid not null,
  user_id    text collate "C" not null references users on delete cascade,
  token_hash bytea not null unique,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at    timestamptz(3),
  revoked_at timestamptz(3)
);
create index refresh_tokens_family on refresh_tokens (family);
create index refresh_tokens_expiry on refresh_tokens (expires_at);
create index refresh_tokens_user on refresh_tokens (user_id);

-- The conversation's row is the one place where order is made: whoever changes a conversation locks
-- it and takes the next numbers. fillfactor leaves room for the update in place (HOT): none of the
-- columns that a message changes is indexed.
create table conversations (
  id              uuid primary key,
  type            text not null check (type in ('DIRECT', 'GROUP', 'SPACE', 'COMMUNITY')),
  status          text not null default 'ACTIVE' check (status in ('ACTIVE', 'ARCHIVED', 'DELETED', 'MUTED')),
  name            text check (length(name) <= 200),
  description     text check (length(description) <= 2000),
  settings        jsonb not null default '{}',
  rate_limit      integer check (rate_limit >= 0),      -- messages a minute for each user; null: the default
  direct_low      text collate "C",                     -- the two users of a DIRECT one, in order
  direct_high     text collate "C",
  created_by      text collate "C" not null references users,
  seq             bigint not null default 0,            -- messages so far
  version         bigint not null default 0,            -- changes so far
  members_version bigint not null default 1,            -- membership changes so far
  changed_at      timestamptz(3) not null default now(),
  created_at      timestamptz(3) not null default now(),
  updated_at      timestamptz(3) not null default now(),
  check ((type = 'DIRECT') = (direct_low is not null and direct_high is not null)),
  check (direct_low <= direct_high)
) with (fillfactor = 70);
create unique index conversations_direct on conversations (direct_low, direct_high) where direct_low is not null;

create table participants (
  conversation_id uuid not null references conversations on delete cascade,
  user_id         text collate "C" not null references users on delete cascade,
  role            text not null default 'MEMBER' check (role in ('OWNER', 'ADMIN', 'MODERATOR', 'MEMBER')),
  -- ACTIVE and MUTED see the conversation; MUTED may not write; the rest see nothing.
  status          text not null default 'ACTIVE' check (status in ('ACTIVE', 'LEFT', 'REMOVED', 'BANNED', 'MUTED')),
  permissions     jsonb not null default '{}',
  -- Monotonic pointers: "everything up to this seq". Unread is derived from them, never counted.
  delivered_seq   bigint not null default 0,
  read_seq        bigint not null default 0,
  pushed_seq      bigint not null default 0,
  delivered_at    timestamptz(3),
  read_at         timestamptz(3),
  notification_settings jsonb not null default '{}',
  joined_at       timestamptz(3) not null default now(),
  left_at         timestamptz(3),
  primary key (conversation_id, user_id)
) with (fillfactor = 80);
create index participants_user on participants (user_id, conversation_id) where status in ('ACTIVE', 'MUTED');

-- No foreign keys here: rows are written only by statements that hold the conversation's row and
-- have just checked the sender's membership, and a check for each row would cost more than the insert.
create table messages (
  conversation_id   uuid not null,
  seq               bigint not null,
  id                uuid not null,
  version           bigint not null,        -- of its last change
  sender_id         text collate "C" not null,
  temp_id           text,
  type              text not null default 'TEXT' check (type in ('TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'FILE', 'SYSTEM',
                                                               'REPLY', 'FORWARD', 'THREAD', 'ANNOUNCEMENT')),
  moderation        text check (moderation in ('FLAGGED', 'MODERATED')),
  content           text not null,
  reply_to_id       uuid,
  thread_id         uuid,
  attachments       jsonb,                  -- null: none
  metadata          jsonb,                  -- null: no mentions, hashtags or urls
  reactions         jsonb,                  -- [{emoji, count, userIds}], kept by the reaction statement; null: none
  is_encrypted      boolean not null default false,
  encryption_key_id text,
  client_timestamp  timestamptz(3),
  edited_at         timestamptz(3),
  deleted_at        timestamptz(3),
  changed_at        timestamptz(3) not null,
  created_at        timestamptz(3) not null,
  primary key (conversation_id, seq)
) partition by hash (conversation_id);

do $$
begin
  for i in 0..15 loop
    execute format('create table messages_%s partition of messages for values with (modulus 16, remainder %s) with (fillfactor = 90)', i, i);
  end loop;
end $$;
-- What a delta reads: rows of a conversation with a version above the client's.
create index messages_version on messages (conversation_id, version);

-- A message's id is made from (sender, tempId), so this key is what makes a send happen once, over
-- all conversations; it also finds a message by its id. The fingerprint tells a repeat from a conflict.
create table message_ids (
  id              uuid primary key,
  conversation_id uuid not null,
  seq             bigint not null,
  version         bigint not null,          -- of its sending: what a repeat is answered with
  fingerprint     bigint not null,
  sent_at         timestamptz(3) not null
);

-- The contents a message had before each edit, and what a deleted one said (audit).
create table message_versions (
  conversation_id uuid not null,
  seq             bigint not null,
  version         bigint not null,          -- the version that held this content
  content         text not null,
  metadata        jsonb,
  written_at      timestamptz(3) not null,
  primary key (conversation_id, seq, version)
);

-- The moments at which a reader's pointer advanced: message m was read at the first moment with seq >= m.seq.
create table receipts (
  conversation_id uuid not null,
  user_id         text collate "C" not null,
  seq             bigint not null,
  read_at         timestamptz(3) not null,
  primary key (conversation_id, user_id, seq)
);

create table reactions (
  conversation_id uuid not null,
  seq             bigint not null,
  emoji           text not null check (length(emoji) between 1 and 64),
  user_id         text collate "C" not null,
  created_at      timestamptz(3) not null default now(),
  primary key (conversation_id, seq, emoji, user_id)
);

create table audit (
  id              bigint generated always as identity primary key,
  at              timestamptz(3) not null default now(),
  actor_id        text collate "C",
  action          text not null,
  conversation_id uuid,
  message_id      uuid,
  subject_id      text collate "C",
  details         jsonb not null default '{}'
);
create index audit_conversation on audit (conversation_id, at);
create index audit_at on audit (at);
