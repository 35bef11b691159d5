import type { LinkPreview, MessageMetadata } from "../protocol/message.ts";
import type { Db } from "./client.ts";
import type { DirectPair } from "./message-rows.ts";

/** Where a message is. */
export interface Place {
  conversationId: string;
  seq: number;
}

/** Messages in one job. */
const IN_A_JOB = 20;

/**
 * Makes jobs of messages whose links are to be looked at, in the statement that takes them off the list: each is in
 * exactly one. @returns how many messages it took; 0: there are none.
 */
export async function enqueuePreviews(db: Db): Promise<number> {
  const [row] = await db<{ taken: number }[]>`
    with due as (
      delete from preview_due where ctid = any(array(
        select ctid from preview_due limit ${IN_A_JOB} for update skip locked))
      returning conversation_id, seq
    ), job as (
      select json_build_object('messages', json_agg(json_build_object('conversationId', conversation_id, 'seq', seq)))
        as payload, count(*)::integer as taken
      from due having count(*) > 0
    )
    select taken, (select id from graphile_worker.add_job('link_preview', payload => job.payload, max_attempts => 5)) from job`;
  return row?.taken ?? 0;
}

/** The links of those of the messages that are to have previews and have none yet. */
export async function findLinks(db: Db, places: readonly Place[]): Promise<(Place & { urls: string[] })[]> {
  return db<(Place & { urls: string[] })[]>`
    select m.conversation_id as "conversationId", m.seq::float8 as seq, m.metadata -> 'urls' as urls
    from json_to_recordset(${JSON.stringify(places)}::text::json) as w ("conversationId" uuid, "seq" bigint)
    cross join lateral (select * from messages where conversation_id = w."conversationId" and seq = w."seq" limit 1) m
    where m.deleted_at is null and not m.is_encrypted and m.metadata is not null and not m.metadata ? 'previews'`;
}

export interface Previewed extends DirectPair {
  id: string;
  version: number;
  membersVersion: number;
  metadata: MessageMetadata;
  at: Date;
}

/**
 * Adds previews to a message as its next change, if it still has these links and no previews yet; undefined if not.
 * The pictures are then those of whoever sees the message.
 */
export async function addPreviews(
  db: Db,
  place: Place,
  urls: readonly string[],
  previews: readonly LinkPreview[],
): Promise<Previewed | undefined> {
  const pictures = previews.flatMap(({ attachment }) => (attachment ? [attachment.id] : []));
  const [row] = await db<Previewed[]>`
    with target as materialized (
      select id, direct_low, direct_high, members_version from conversations
      where id = ${place.conversationId} and status <> 'DELETED' for update
    ), present as materialized (
      select m.conversation_id, m.seq, m.id
      from target t
      cross join lateral (select * from messages where conversation_id = t.id and seq = ${place.seq} limit 1 for update) m
      where m.deleted_at is null and m.metadata -> 'urls' = ${JSON.stringify(urls)}::text::jsonb
        and not m.metadata ? 'previews'
    ), bumped as (
      update conversations c set version = c.version + 1, changed_at = greatest(clock_timestamp(), c.changed_at)
      from present p where c.id = p.conversation_id
      returning c.id, c.version, c.changed_at
    ), written as (
      update messages m set version = b.version, changed_at = b.changed_at,
        metadata = m.metadata || jsonb_build_object('previews', ${JSON.stringify(previews)}::text::jsonb)
      from bumped b, present p where m.conversation_id = p.conversation_id and m.seq = p.seq
      returning m.metadata
    ), carried as (
      insert into message_attachments (attachment_id, conversation_id, seq, preview)
      select picture, p.conversation_id, p.seq, true
      from present p, bumped, unnest(${pictures}::uuid[]) as picture
      on conflict do nothing
    )
    select p.id, b.version, b.changed_at as at, (select metadata from written) as metadata,
      t.direct_low as "directLow", t.direct_high as "directHigh", t.members_version as "membersVersion"
    from present p join target t on t.id = p.conversation_id join bumped b on true`;
  return row;
}
