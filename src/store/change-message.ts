/**
 * Edits, deletions and reactions: each one statement that locks the conversation, takes its next
 * `version`, stamps the row with it and keeps what was there before.
 *
 * An empty answer means "refused": the caller asks `findMessage` why, off the usual path.
 *
 * The message is looked up by both parts of its key, in a lateral or from one row: a plan made while the
 * tables were empty would otherwise walk the whole conversation.
 *
 * Rows of `reactions` are taken away by a function (0003_lock_then_read.sql), called once the lock is held: a
 * DELETE finds only rows that were committed before its statement began, and so would miss a reaction that it
 * has just waited for. A function's DELETE begins when it is called. Two statements in a transaction block
 * would do as well, but not survive an outage: docs/adr/0011-no-transaction-blocks.md.
 */
import type { MessageMetadata } from "../protocol/message.ts";
import type { Db } from "./client.ts";
import type { DirectPair } from "./message-rows.ts";
import { meant } from "./send-extras.ts";

export interface Change extends DirectPair {
  conversationId: string;
  membersVersion: number;
  version: number;
  at: Date;
  /** False when the message was already so: nothing was written, nobody needs telling. */
  changed: boolean;
}

export interface Edit extends Change {
  /** Of the content as it is now. */
  metadata: MessageMetadata | null;
}

/**
 * Replaces the content of one's own message. The content before goes to message_versions. The same
 * content again changes nothing, so a repeated edit is harmless.
 */
export async function editMessage(
  db: Db,
  edit: {
    messageId: string;
    userId: string;
    content: string;
    metadata: MessageMetadata | null;
    /** Whether the worker is to look at the links. */
    lookAtLinks?: boolean;
  },
): Promise<Edit | undefined> {
  const mentions = edit.metadata !== null && edit.metadata.mentions.length > 0;
  const [row] = await db<Edit[]>`
    with target as materialized (
      select c.id, c.version, c.direct_low, c.direct_high, c.members_version, i.seq
      from message_ids i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = ${edit.userId} and p.status = 'ACTIVE'
      join conversations c on c.id = i.conversation_id and c.status = 'ACTIVE'
      where i.id = ${edit.messageId}
      for update of c
    ), present as materialized (
      select m.conversation_id, m.seq, m.version, m.content, m.metadata, m.is_encrypted, coalesce(m.edited_at, m.created_at) as written_at
      from target t
      cross join lateral (select * from messages where conversation_id = t.id and seq = t.seq limit 1 for update) m
      where m.sender_id = ${edit.userId} and m.deleted_at is null
    ), kept as (
      insert into message_versions (conversation_id, seq, version, content, metadata, written_at)
      select conversation_id, seq, version, content, metadata, written_at from present where content <> ${edit.content}
    ), bumped as (
      update conversations c set version = c.version + 1, changed_at = greatest(clock_timestamp(), c.changed_at)
      from present p where c.id = p.conversation_id and p.content <> ${edit.content}
      returning c.id, c.version, c.changed_at
    ), written as (
      update messages m set content = ${edit.content}, version = b.version, edited_at = b.changed_at, changed_at = b.changed_at,
        metadata = case when m.is_encrypted then null else ${edit.metadata as never}::jsonb ${mentions ? db`|| ${meantBy(db, edit.metadata as MessageMetadata)}` : db``} end
      from bumped b, present p where m.conversation_id = p.conversation_id and m.seq = p.seq
      returning m.metadata
    ), ${unused(db, db`and l.preview`)}, search as (
      insert into search_due (conversation_id, seq) select p.conversation_id, p.seq from present p, bumped b
    )${
      edit.lookAtLinks
        ? db`, linked as (
      insert into preview_due (conversation_id, seq)
      select p.conversation_id, p.seq from present p, bumped b where not p.is_encrypted
    )`
        : db``
    }
    select p.conversation_id as "conversationId", coalesce(b.version, p.version) as version,
      coalesce(b.changed_at, p.written_at) as at, b.id is not null as changed,
      t.direct_low as "directLow", t.direct_high as "directHigh",
      t.members_version as "membersVersion",
      case when b.id is null then p.metadata else (select metadata from written) end as metadata
    from present p join target t on t.id = p.conversation_id left join bumped b on true`;
  return row;
}

/** `{"mentioned": …}` of a text in the conversation of `p`, to be added to its metadata; {} for none. */
function meantBy(db: Db, metadata: MessageMetadata) {
  return db`coalesce((
          select jsonb_build_object('mentioned', jsonb_agg(
            jsonb_build_object('text', w.text, 'userId', u.user_id) order by w.n, u.user_id))
          from unnest(${metadata.mentions}::text[]) with ordinality as w (text, n)
          cross join lateral (${meant(db, db`p.conversation_id`)}) u
          having count(*) > 0), '{}')`;
}

/** Parts that take files off the changed message; the worker looks whether another one carries them. */
function unused(db: Db, which: ReturnType<Db>) {
  return db`dropped as (
      delete from message_attachments l using bumped b, present p
      where l.conversation_id = p.conversation_id and l.seq = p.seq ${which}
      returning l.attachment_id
    ), unused as (
      update attachments a set check_at = now() from dropped d where a.id = d.attachment_id
    )`;
}

interface Forgetting {
  /** Reactions that went. Selected to be carried out: a SELECT in a WITH that nobody reads is not. */
  forgotten: number | null;
}

/**
 * Marks a message as deleted: one's own, or anybody's for moderators and above of a conversation that
 * is not direct. What it said goes to message_versions and the deed to audit. Again: changes nothing.
 */
export async function deleteMessage(
  db: Db,
  deletion: { messageId: string; userId: string },
): Promise<Change | undefined> {
  const [row] = await db<(Change & Forgetting)[]>`
    with target as materialized (
      select c.id, c.version, c.direct_low, c.direct_high, c.members_version, i.seq, p.role
      from message_ids i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = ${deletion.userId}
        and p.status in ('ACTIVE', 'MUTED')
      join conversations c on c.id = i.conversation_id and c.status in ('ACTIVE', 'MUTED')
      where i.id = ${deletion.messageId}
      for update of c
    ), present as materialized (
      select m.conversation_id, m.seq, m.id, m.version, m.content, m.metadata, m.sender_id, m.deleted_at,
        coalesce(m.edited_at, m.created_at) as written_at
      from target t
      cross join lateral (select * from messages where conversation_id = t.id and seq = t.seq limit 1 for update) m
      where m.sender_id = ${deletion.userId} or (t.direct_low is null and t.role in ('OWNER', 'ADMIN', 'MODERATOR'))
    ), kept as (
      insert into message_versions (conversation_id, seq, version, content, metadata, written_at)
      select conversation_id, seq, version, content, metadata, written_at from present where deleted_at is null
    ), bumped as (
      update conversations c set version = c.version + 1, changed_at = greatest(clock_timestamp(), c.changed_at)
      from present p where c.id = p.conversation_id and p.deleted_at is null
      returning c.id, c.version, c.changed_at
    ), written as (
      update messages m set content = '', metadata = null, attachments = null, reactions = null,
        version = b.version, deleted_at = b.changed_at, changed_at = b.changed_at
      from bumped b, present p where m.conversation_id = p.conversation_id and m.seq = p.seq
    ), ${unused(db, db``)}, search as (
      insert into search_due (conversation_id, seq) select p.conversation_id, p.seq from present p, bumped b
    ), audited as (
      insert into audit (actor_id, action, conversation_id, message_id, subject_id)
      select ${deletion.userId}, 'message.deleted', p.conversation_id, p.id, p.sender_id from present p, bumped b
    )
    select p.conversation_id as "conversationId", coalesce(b.version, p.version) as version,
      coalesce(b.changed_at, p.deleted_at) as at, b.id is not null as changed,
      t.direct_low as "directLow", t.direct_high as "directHigh",
      t.members_version as "membersVersion", forget_reactions(b.id, p.seq) as forgotten
    from present p join target t on t.id = p.conversation_id left join bumped b on true`;
  return row;
}

export interface ReactionChange extends Change {
  count: number;
}

interface Reacting {
  messageId: string;
  userId: string;
  emoji: string;
  add: boolean;
  /** Most different emojis on one message. */
  maxKinds: number;
}

/** Adds a user's reaction to a message, or takes it back. What is already so changes nothing. */
export async function changeReaction(db: Db, change: Reacting): Promise<ReactionChange | undefined> {
  const [row] = await db<(ReactionChange & Forgetting)[]>`
    with target as materialized (
      select c.id, c.version, c.direct_low, c.direct_high, c.members_version, i.seq
      from message_ids i
      join participants p on p.conversation_id = i.conversation_id and p.user_id = ${change.userId} and p.status = 'ACTIVE'
      join conversations c on c.id = i.conversation_id and c.status in ('ACTIVE', 'MUTED')
      where i.id = ${change.messageId}
      for update of c
    ), present as materialized (
      select m.conversation_id, m.seq, m.version, m.changed_at, coalesce(m.reactions, '[]') as reactions
      from target t
      cross join lateral (select * from messages where conversation_id = t.id and seq = t.seq limit 1 for update) m
      where m.deleted_at is null
    ), old as materialized (
      select p.*, coalesce((
          select r -> 'userIds' from jsonb_array_elements(p.reactions) r where r ->> 'emoji' = ${change.emoji}), '[]') as users
      from present p
    ), wanted as materialized (
      select o.*, case when ${change.add} then o.users || to_jsonb(${change.userId}::text)
                  else o.users - ${change.userId}::text end as new_users
      from old o
      where (o.users @> to_jsonb(${change.userId}::text)) <> ${change.add}
        and (not ${change.add} or o.users <> '[]' or jsonb_array_length(o.reactions) < ${change.maxKinds})
    ), added as (
      insert into reactions (conversation_id, seq, emoji, user_id)
      select conversation_id, seq, ${change.emoji}, ${change.userId} from wanted where ${change.add}
      on conflict do nothing
    ), bumped as (
      update conversations c set version = c.version + 1, changed_at = greatest(clock_timestamp(), c.changed_at)
      from wanted w where c.id = w.conversation_id
      returning c.id, c.version, c.changed_at
    ), written as (
      update messages m set version = b.version, changed_at = b.changed_at,
        reactions = nullif((
          select coalesce(jsonb_agg(e order by at), '[]') from (
            select case when r ->> 'emoji' = ${change.emoji}
                then jsonb_build_object('emoji', ${change.emoji}::text, 'count', jsonb_array_length(w.new_users), 'userIds', w.new_users)
                else r end as e, at
            from jsonb_array_elements(w.reactions || case when w.users = '[]'
              then jsonb_build_array(jsonb_build_object('emoji', ${change.emoji}::text)) else '[]' end) with ordinality t(r, at)
          ) es where e -> 'count' <> '0'), '[]')
      from bumped b, wanted w where m.conversation_id = w.conversation_id and m.seq = w.seq
    )
    select o.conversation_id as "conversationId", coalesce(b.version, o.version) as version,
      coalesce(b.changed_at, o.changed_at) as at, b.id is not null as changed,
      jsonb_array_length(coalesce(w.new_users, o.users)) as count,
      t.direct_low as "directLow", t.direct_high as "directHigh",
      t.members_version as "membersVersion",
      case when not ${change.add} then forget_reaction(w.conversation_id, w.seq, ${change.emoji}, ${change.userId}) end as forgotten
    from old o join target t on t.id = o.conversation_id left join wanted w on true left join bumped b on true`;
  return row;
}
