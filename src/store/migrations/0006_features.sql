-- Threads, mentions, attachments, link previews, search. A message that has none of them is written by the very
-- statement as before, and touches none of these tables.

-- {count, lastSeq, lastReplyAt} of the message's replies (`thread_id` = its id), kept by the statement that sends one:
-- the message then takes a version of its own, so that a delta brings it. Null: none.
alter table messages add column thread jsonb;
-- Of replies only: to any other message it costs the look at one null.
create index messages_thread on messages (conversation_id, thread_id, seq) where thread_id is not null;

-- What a mention is compared by: @AnnLee, @ann.lee, @Ann_Lee mean "Ann Lee".
create function mention_key(name text) returns text language sql immutable strict parallel safe as $$
  select lower(regexp_replace(name, '[\s._-]', '', 'g'))
$$;
create index users_mention on users (mention_key(name));

-- A file. Its bytes lie in the storage under its id. UPLOADING: the row was made first, so that what a killed gateway
-- leaves in the storage is found again; GONE: nobody can get it any more, and the bytes are about to go.
create table attachments (
  id          uuid primary key,
  uploader_id text collate "C" references users on delete set null,  -- null: a preview's picture
  name        text not null check (length(name) between 1 and 255),
  type        text not null check (length(type) between 3 and 255),
  size        bigint not null default 0,
  width       integer,
  height      integer,
  state       text not null default 'UPLOADING' check (state in ('UPLOADING', 'READY', 'GONE')),
  -- When the worker looks whether a message still carries it; null: one does, as far as is known.
  check_at    timestamptz(3),
  created_at  timestamptz(3) not null default now()
);
create index attachments_check on attachments (check_at) where check_at is not null;

-- Which messages carry a file, and thereby who may see it: rows of messages that live, in conversations of the reader.
create table message_attachments (
  attachment_id   uuid not null references attachments,
  conversation_id uuid not null,
  seq             bigint not null,
  preview         boolean not null default false,     -- a link preview's picture
  primary key (attachment_id, conversation_id, seq)
);
create index message_attachments_message on message_attachments (conversation_id, seq);

-- Gives up a file that no message carries: true when its bytes may be deleted. The row's lock comes first and the look
-- second, in a snapshot of its own (0003): who attaches it at this moment holds the row, and is seen.
create function give_up_attachment(file uuid) returns boolean language plpgsql volatile strict as $$
begin
  perform from attachments where id = file for update;
  if exists (select from message_attachments where attachment_id = file) then
    update attachments set check_at = null where id = file;
    return false;
  end if;
  update attachments set state = 'GONE' where id = file;
  return found;
end $$;

-- What all gateways know and nobody else: made here, so that there is nothing to set.
create table server_secrets (
  name  text primary key,
  value bytea not null
);
insert into server_secrets values ('attachment_links',
  sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));

-- Messages whose links are to be looked at, written by the statement that sends or edits them. A worker makes one job
-- of many: a job for each would take Postgres' global NOTIFY lock at each commit.
create table preview_due (
  conversation_id uuid not null,
  seq             bigint not null
);

-- Search. A table of its own that the worker fills a moment later (search_scan): an index on `messages` would have
-- cost each send more than all its other indexes, and an edit or reaction the same again.
--
-- `words` of a message are folded and not stemmed: people of one company write in several languages, often in one
-- sentence, and a stemmer of the wrong one finds less than none. Each begins with its conversation's key, so that the
-- GIN index leads from a word to the messages of one conversation only: what others wrote, however much, costs nothing.
create sequence message_words_id;
create table message_words (
  id              bigint primary key,                 -- in the order of sending, as far as searching cares
  conversation_id uuid not null,
  seq             bigint not null,
  words           tsvector not null,
  unique (conversation_id, seq)
);
create index message_words_words on message_words using gin (words) with (fastupdate = off);

-- Messages that were edited or deleted since they were looked at.
create table search_due (
  conversation_id uuid not null,
  seq             bigint not null
);

create table search_state (
  one        boolean primary key default true check (one),
  indexed_to timestamptz not null,
  step       interval not null default '10 s'
);
insert into search_state (indexed_to) select coalesce(min(created_at), now()) from conversations;

-- Lower case, without accents and other marks. What a query is made of must go through the same.
create function search_fold(content text) returns text language sql immutable strict parallel safe as $$
  select regexp_replace(normalize(lower(content), NFKD), '[\u0300-\u036f]', '', 'g')
$$;

-- What no person wrote by hand is left out: too long a word would not fit into the index.
create function search_words(content text) returns tsvector language sql immutable strict parallel safe as $$
  select to_tsvector('pg_catalog.simple', regexp_replace(search_fold(left(content, 50000)), '\S{250}\S{250,}', ' ', 'g'))
$$;

-- Puts a conversation's key before each word of the text of a tsvector or tsquery.
create function search_keyed(words text, conversation uuid) returns text language sql immutable strict parallel safe as $$
  select regexp_replace(words, '''((?:[^'']|'''')*)''', '''' || left(conversation::text, 8) || '\1''', 'g')
$$;

-- What goes into `message_words`. Nothing that somebody writes may stop what is behind it: a text that Postgres will not
-- take is not found, and that is all.
create function search_row(content text, conversation uuid) returns tsvector language plpgsql immutable strict as $$
begin
  return search_keyed(search_words(content)::text, conversation)::tsvector;
exception when others then
  return ''::tsvector;
end $$;

-- Takes into `message_words` what was sent since the last look, at most about 5,000 messages, and what was edited or
-- deleted. Answers how many messages it looked at, and whether there is more to look at right away. One worker at a time.
create function search_scan() returns table (looked integer, more boolean) language plpgsql volatile rows 1 as $$
#variable_conflict use_column
declare
  most constant integer := 5000;
  state search_state;
  horizon timestamptz;
  since timestamptz;
  until timestamptz;
  filled timestamptz;
  sent integer;
  changed integer;
begin
  select * into state from search_state for update skip locked;
  if not found then
    return query select 0, false;
    return;
  end if;
  -- As in push_scan: nothing can be committed with an earlier time than this.
  select least(min(xact_start), clock_timestamp() - interval '20 ms') into horizon from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and backend_xid is not null
    and pid <> pg_backend_pid() and xact_start > clock_timestamp() - interval '15 s';
  horizon := coalesce(horizon, clock_timestamp() - interval '20 ms');
  since := state.indexed_to - interval '1 s';
  until := least(horizon, state.indexed_to + state.step);

  select max(sent_at), count(*) into filled, sent from (
    select sent_at from message_ids where sent_at > since and sent_at <= until order by sent_at limit most) first;
  if sent = most then
    until := filled;
  end if;
  insert into message_words (id, conversation_id, seq, words)
  select id, conversation_id, seq, search_row(content, conversation_id) from (
    select nextval('message_words_id') as id, conversation_id, seq, content from (
      select m.conversation_id, m.seq, m.content
      from message_ids i
      cross join lateral (
        select * from messages where conversation_id = i.conversation_id and seq = i.seq limit 1) m
      where i.sent_at > since and i.sent_at <= until and m.deleted_at is null and not m.is_encrypted and m.content <> ''
        and (select w.id from message_words w where w.conversation_id = i.conversation_id and w.seq = i.seq) is null
      order by i.sent_at, i.conversation_id, i.seq) found) numbered
  on conflict do nothing;

  with due as materialized (
    delete from search_due where ctid = any(array(select ctid from search_due limit most)) returning conversation_id, seq
  ), present as materialized (
    select distinct d.conversation_id, d.seq, m.content, m.deleted_at is null and not m.is_encrypted as found
    from due d
    cross join lateral (select * from messages where conversation_id = d.conversation_id and seq = d.seq limit 1) m
  ), gone as (
    delete from message_words w using present p
    where w.conversation_id = p.conversation_id and w.seq = p.seq and not p.found
  ), renewed as (
    update message_words w set words = search_row(p.content, p.conversation_id)
    from present p where w.conversation_id = p.conversation_id and w.seq = p.seq and p.found
  )
  select count(*) into changed from due;

  update search_state set indexed_to = greatest(state.indexed_to, until),
    -- Over years in which nobody wrote anything it goes in large steps.
    step = case when sent = 0 then least(state.step * 2, interval '30 days') else interval '10 s' end;
  return query select (sent + changed)::integer, until < horizon or changed = most;
end $$;

-- Which messages a user finds: those of their conversations (or of one of them) that match, newest first, at most
-- `most`, with ids below `before`. `asked` is a query of folded words, as search_fold gives them.
--
-- In each conversation the index leads to exactly the messages that match, and all of those are fetched to find the
-- newest. Of a common word in much text that would be too many: there the newest rows are read first, one after the
-- other, among which such a word is found soon.
create function search_messages(reader text, asked tsquery, place uuid, before bigint, most integer)
returns table (id bigint, conversation_id uuid, seq bigint) language plpgsql stable rows 20 as $$
#variable_conflict use_column
declare
  newest constant integer := 6000;
  mine uuid[];
  queries text[];
  written bigint;
  upto bigint;
  found integer := 0;
  hit record;
begin
  select array_agg(c.id), array_agg(search_keyed(asked::text, c.id)), sum(c.seq) into mine, queries, written from (
    select p.conversation_id from participants p
    where p.user_id = reader and p.status in ('ACTIVE', 'MUTED') and (place is null or p.conversation_id = place)) p
  cross join lateral (
    select id, seq from conversations where id = p.conversation_id and status <> 'DELETED' limit 1) c;
  if mine is null or numnode(asked) = 0 then
    return;
  end if;
  select least(before, coalesce(max(w.id), 0) + 1) into upto from message_words w;

  -- Where the reader's messages are rare among the newest ones, they are few in all, or nothing would be found there.
  if place is null and written > 3 * newest and written * 50 > upto or place is not null and written > newest / 2 then
    for hit in
      with walked as materialized (
        select w.id, w.conversation_id, w.seq, w.words from message_words w
        where place is null and w.id < upto and w.id >= upto - newest
        union all
        (select w.id, w.conversation_id, w.seq, w.words from message_words w
        where w.conversation_id = place and w.seq <= written and w.id < upto
        order by w.seq desc limit newest / 2)
      )
      -- The last row says how far this went.
      (select w.id, w.conversation_id, w.seq, true as matches from walked w
      join unnest(mine, queries) as k (conversation_id, query) on k.conversation_id = w.conversation_id
      where w.words @@ k.query::tsquery
      order by w.id desc limit most)
      union all
      select coalesce(min(w.id), 0), null, null, false from walked w
    loop
      if not hit.matches then
        upto := hit.id;
        exit;
      end if;
      id := hit.id;
      conversation_id := hit.conversation_id;
      seq := hit.seq;
      found := found + 1;
      return next;
    end loop;
  end if;

  if found < most and upto > 0 then
    return query
      select h.id, k.conversation_id, h.seq
      from unnest(mine, queries) as k (conversation_id, query)
      cross join lateral (
        -- By the words' index alone (`offset 0`, `+ 0`): the others would read a whole conversation, or everything.
        select * from (
          select w.id, w.conversation_id, w.seq from message_words w
          where w.words @@ k.query::tsquery and w.id + 0 < upto offset 0) matching
        where matching.conversation_id = k.conversation_id
        order by id desc limit most - found) h
      order by h.id desc limit most - found;
  end if;
end $$;
