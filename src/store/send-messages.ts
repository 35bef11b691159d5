import type { MessageMetadata, MessageType } from "../protocol/message.ts";
import type { Db } from "./client.ts";
import { hasExtras, type SentExtras, withExtras, withoutExtras } from "./send-extras.ts";

/** A message to be written; `id` is made from (sender, tempId), so a repeat has the same. */
export interface Draft {
  id: string;
  conversationId: string;
  senderId: string;
  tempId: string | null;
  /** Of what the sender said: tells a repeat from a conflict. */
  fingerprint: number;
  type: MessageType;
  content: string;
  replyToId: string | null;
  threadId: string | null;
  metadata: MessageMetadata | null;
  isEncrypted: boolean;
  encryptionKeyId: string | null;
  clientTimestamp: string | null;
  /** Files that the sender may see, each once; absent: none. */
  attachmentIds?: readonly string[];
  /** Absent: there are no links, or nobody wants previews of them. */
  lookAtLinks?: true;
}

/** What became of a draft. */
export type Verdict =
  | "sent"
  | "repeated" // the same message again: the rest is the first one's
  | "conflict" // the same id with other content
  | "unknown_conversation" // or the sender is not in it
  | "forbidden" // the sender may not write in it
  | "unknown_reply"
  | "unknown_attachment";

/** With the extras only when the batch had some. */
export interface SendResult extends Partial<SentExtras> {
  verdict: Verdict;
  seq: number;
  version: number;
  sentAt: Date;
  directLow: string | null;
  directHigh: string | null;
  membersVersion: number;
  /** Written by an attempt whose answer was lost: the extras are not known. */
  retold?: true;
}

/**
 * Writes messages: one statement, atomic, in the drafts' order within each conversation. It checks each
 * sender's membership, takes the next `seq` and `version` from the conversation's row, inserts, and
 * answers a repeat with the original. Results are in the drafts' order.
 *
 * How it stays right under concurrency (READ COMMITTED):
 * - conversations are updated in order of id, so two gateways' batches never wait for each other in a circle;
 * - a row that was waited for is read anew, so numbers have no gap and no double;
 * - the same id sent by two gateways at once: the second insert fails on the key of message_ids, which
 *   undoes the whole statement and with it the numbers taken; the caller writes again and is told "repeated";
 * - times are taken while the row is held, so they never run backwards within a conversation.
 *
 * The laterals with a limit, and sub-selects of one value rather than `exists`, make every look-up a walk
 * down an index: a hash join, or a hashed `exists`, would read whole tables.
 *
 * @throws a unique violation in the case above; the caller repeats the call.
 */
export async function sendMessages(db: Db, drafts: readonly Draft[]): Promise<SendResult[]> {
  const extra = drafts.some(hasExtras) ? withExtras(db) : withoutExtras(db);
  const rows = await db<SendResult[]>`
    with input as materialized (
      select row_number() over () as ord, d.*
      from json_to_recordset(${JSON.stringify(drafts)}::text::json) as d (
        "id" uuid, "conversationId" uuid, "senderId" text, "tempId" text, "fingerprint" bigint, "type" text,
        "content" text, "replyToId" uuid, "threadId" uuid, "metadata" jsonb, "isEncrypted" boolean,
        "encryptionKeyId" text, "clientTimestamp" timestamptz${extra.columns})
    )${extra.before}, judged as materialized (
      select i.*, k.seq as known_seq, k.version as known_version, k.sent_at as known_at,
        k.conversation_id as known_conversation, c.status as conversation_status,
        case
          when k.id is not null then case when k.fingerprint = i."fingerprint" then 'repeated' else 'conflict' end
          when p.user_id is null or p.status not in ('ACTIVE', 'MUTED') then 'unknown_conversation'
          when c.status is null or c.status = 'DELETED' then 'unknown_conversation'
          when c.status = 'ARCHIVED' or (c.status = 'MUTED' and p.role = 'MEMBER') then 'forbidden'
          when p.status = 'MUTED' or coalesce((p.permissions ->> 'canSendMessages')::boolean, true) = false then 'forbidden'
          when i."replyToId" is not null and i."conversationId" is distinct from (
            select r.conversation_id from message_ids r where r.id = i."replyToId") then 'unknown_reply'
          when i."threadId" is not null and i."conversationId" is distinct from (
            select r.conversation_id from message_ids r where r.id = i."threadId") then 'unknown_reply'${extra.refusals}
          else 'sent'
        end as verdict
      from input i
      left join lateral (select * from message_ids where id = i."id" limit 1) k on true
      left join lateral (
        select * from participants where conversation_id = i."conversationId" and user_id = i."senderId" limit 1) p on true
      left join lateral (select status from conversations where id = i."conversationId" limit 1) c on true
    ), numbered as materialized (
      select j.ord, j."conversationId", j.conversation_status as status, row_number() over (partition by j."conversationId" order by j.ord) as n${extra.numbering}
      from judged j where j.verdict = 'sent'
    ), bumped as materialized (
      -- The sorted sub-select drives the update, so rows are locked in order of id.
      update conversations c
      set seq = c.seq + t.count, version = c.version + ${extra.taken}, changed_at = greatest(clock_timestamp(), c.changed_at)
      from (
        select "conversationId" as id, status, ${extra.versions} from numbered group by 1, 2 order by 1
      ) t
      where c.id = t.id and c.status = t.status
      returning c.id, c.seq - t.count as seq, c.version - ${extra.taken} as version, c.changed_at,
        c.direct_low, c.direct_high, c.members_version
    ), placed as materialized (
      select j.*, b.seq + n.n as seq, ${extra.version}, b.changed_at, b.direct_low, b.direct_high, b.members_version
      from numbered n join judged j using (ord) join bumped b on b.id = n."conversationId"
    ), keyed as (
      insert into message_ids (id, conversation_id, seq, version, fingerprint, sent_at)
      select "id", "conversationId", seq, version, "fingerprint", changed_at from placed order by "id"
    ), inserted as (
      insert into messages (conversation_id, seq, id, version, sender_id, temp_id, type, content,
        reply_to_id, thread_id, metadata, is_encrypted, encryption_key_id, client_timestamp, changed_at, created_at${extra.inserted})
      select "conversationId", seq, "id", version, "senderId", "tempId", "type", "content", "replyToId", "threadId",
        ${extra.metadata}, "isEncrypted", "encryptionKeyId", "clientTimestamp", changed_at, changed_at${extra.values}
      from placed
    )${extra.after}
    -- Archived or deleted while we waited for its row: that came first.
    select case when j.verdict = 'sent' and b.seq is null then 'forbidden' else j.verdict end as verdict,
      coalesce(b.seq, j.known_seq)::float8 as seq,
      coalesce(b.version, j.known_version)::float8 as version,
      coalesce(b.changed_at, j.known_at) as "sentAt",
      coalesce(b.direct_low, kc.direct_low) as "directLow", coalesce(b.direct_high, kc.direct_high) as "directHigh",
      coalesce(b.members_version, kc.members_version) as "membersVersion"${extra.answer}
    from judged j
    left join placed b using (ord)${extra.answered}
    left join lateral (select * from conversations where id = j.known_conversation limit 1) kc on true
    order by j.ord`;
  return rows;
}
