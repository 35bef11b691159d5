/**
 * What the send statement does besides, when a batch has a message with mentions, attachments, links or a thread.
 * A batch of plain messages (nearly all) is written by the statement without any of it: the parts are then empty,
 * and Postgres neither plans nor runs them.
 */
import type { Attachment } from "../protocol/attachment.ts";
import type { MessageMetadata } from "../protocol/message.ts";
import type { Db } from "./client.ts";

/** What became of a draft's extras; all null for a plain message. */
export interface SentExtras {
  attachments: Attachment[] | null;
  mentioned: NonNullable<MessageMetadata["mentioned"]> | null;
  /** The thread's root: how many replies it has with this one, and the version that this gave it. */
  replies: number | null;
  rootVersion: number | null;
}

/** What of a draft may ask for extras. */
interface Asking {
  threadId: string | null;
  metadata: MessageMetadata | null;
  attachmentIds?: readonly string[];
  lookAtLinks?: true;
}

export function hasExtras(draft: Asking): boolean {
  return (
    draft.threadId !== null ||
    draft.attachmentIds !== undefined ||
    draft.lookAtLinks === true ||
    (draft.metadata !== null && draft.metadata.mentions.length > 0)
  );
}

/** The most users of one name who are looked at for a mention, and the most whom one mention means. */
const NAMESAKES = 1000;
const MEANT = 20;

/** A file as it stands in a message, from attachments as `a`. */
export function attachmentJson(db: Db) {
  return db`jsonb_strip_nulls(jsonb_build_object('id', a.id, 'name', a.name, 'type', a.type, 'size', a.size,
    'width', a.width, 'height', a.height))`;
}

/** Whether somebody may see the file `a`: they uploaded it, or are in a conversation with a message that carries it. */
export function maySee(db: Db, userId: ReturnType<Db> | string) {
  return db`(a.uploader_id = ${userId as string} or (
    select 1 from message_attachments l
    cross join lateral (
      select 1 from participants
      where conversation_id = l.conversation_id and user_id = ${userId as string} and status in ('ACTIVE', 'MUTED') limit 1) seer
    cross join lateral (
      select 1 from conversations where id = l.conversation_id and status <> 'DELETED' limit 1) place
    where l.attachment_id = a.id limit 1) is not null)`;
}

/** The participants of a conversation whom the mention `w.text` means: by id, or by name. */
export function meant(db: Db, conversationId: ReturnType<Db>) {
  return db`
        select user_id from (
          select w.text as id union
          (select id from users where mention_key(name) = mention_key(w.text) limit ${NAMESAKES})) someone
        cross join lateral (
          select user_id from participants
          where conversation_id = ${conversationId as never} and user_id = someone.id and status in ('ACTIVE', 'MUTED') limit 1) member
        limit ${MEANT}`;
}

/** The statement's parts for a batch of plain messages: nothing. */
export function withoutExtras(db: Db) {
  return {
    columns: db``,
    before: db``,
    refusals: db``,
    numbering: db``,
    versions: db`count(*) as count`,
    taken: db`t.count`,
    version: db`b.version + n.n as version`,
    after: db``,
    inserted: db``,
    values: db``,
    metadata: db`"metadata"`,
    answer: db``,
    answered: db``,
  };
}

/**
 * The parts for a batch with extras.
 * - `held`: the files, locked so that nobody gives them up meanwhile, of those that the sender may see;
 * - `meant`: the participants whom mentions mean: by id, or by name (`mention_key`);
 * - a reply in a thread takes two versions, its own and then one for the thread's root, whose row says how many
 *   replies there are: so a delta has it, like any other change;
 * - links are written down for the worker.
 */
export function withExtras(db: Db): ReturnType<typeof withoutExtras> {
  return {
    columns: db`, "attachmentIds" jsonb, "lookAtLinks" boolean`,
    before: db`, held as materialized (
      select w.ord, w.n, ${attachmentJson(db)} as file, a.id
      from (
        select i.ord, i."senderId", x.id::uuid as id, x.n
        from input i cross join lateral jsonb_array_elements_text(i."attachmentIds") with ordinality as x (id, n)) w
      cross join lateral (select * from attachments where id = w.id limit 1 for key share) a
      where a.state = 'READY' and ${maySee(db, db`w."senderId"` as never)}
    ), meant as materialized (
      select i.ord, jsonb_agg(jsonb_build_object('text', w.text, 'userId', u.user_id) order by w.n, u.user_id) as mentioned
      from input i
      cross join lateral jsonb_array_elements_text(i."metadata" -> 'mentions') with ordinality as w (text, n)
      cross join lateral (${meant(db, db`i."conversationId"`)}) u
      group by i.ord
    )`,
    refusals: db`
          when i."attachmentIds" is not null and not coalesce((p.permissions ->> 'canUploadFiles')::boolean, true) then 'forbidden'
          when (select count(*) from held h where h.ord = i.ord) < jsonb_array_length(i."attachmentIds") then 'unknown_attachment'`,
    numbering: db`, case when j."threadId" is null then 1 else 2 end as takes,
        sum(case when j."threadId" is null then 1 else 2 end) over (partition by j."conversationId" order by j.ord) as upto`,
    versions: db`count(*) as count, sum(takes)::bigint as versions`,
    taken: db`t.versions`,
    version: db`b.version + n.upto - n.takes + 1 as version, b.version + n.upto as root_version`,
    after: db`, carried as (
      insert into message_attachments (attachment_id, conversation_id, seq)
      select h.id, p."conversationId", p.seq from placed p join held h using (ord)
      on conflict do nothing
    ), linked as (
      insert into preview_due (conversation_id, seq)
      select "conversationId", seq from placed where "lookAtLinks"
    ), replying as materialized (
      select p.ord, p."conversationId" as conversation_id, r.seq as root_seq, p.seq, p.root_version, p.changed_at, p."threadId",
        row_number() over (partition by p."threadId" order by p.ord) as nth, count(*) over (partition by p."threadId") as replies
      from placed p cross join lateral (select seq from message_ids where id = p."threadId" limit 1) r
    ), rooted as (
      update messages m set version = a.root_version, changed_at = a.changed_at, thread = jsonb_build_object(
        'count', coalesce((m.thread ->> 'count')::integer, 0) + a.replies, 'lastSeq', a.seq,
        'lastReplyAt', to_char(a.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
      from replying a
      where a.nth = a.replies and m.conversation_id = a.conversation_id and m.seq = a.root_seq
      returning m.id, (m.thread ->> 'count')::integer as count
    )`,
    inserted: db`, attachments`,
    values: db`, (select jsonb_agg(h.file order by h.n) from held h where h.ord = placed.ord)`,
    metadata: db`"metadata" || coalesce((
          select jsonb_build_object('mentioned', w.mentioned) from meant w where w.ord = placed.ord), '{}')`,
    answer: db`,
      case when b.seq is not null then (select jsonb_agg(h.file order by h.n) from held h where h.ord = j.ord) end as attachments,
      case when b.seq is not null then (select w.mentioned from meant w where w.ord = j.ord) end as mentioned,
      (t.count - (a.replies - a.nth))::float8 as replies, a.root_version::float8 as "rootVersion"`,
    answered: db`
    left join replying a using (ord)
    left join rooted t on t.id = a."threadId"`,
  };
}
