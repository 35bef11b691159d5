import type { Db } from "./client.ts";
import type { DirectPair } from "./message-rows.ts";

/** "Everything up to seq has been delivered to / read by this user." */
export interface PointerMove {
  conversationId: string;
  userId: string;
  seq: number;
  read: boolean;
}

export interface PointerMoved extends DirectPair {
  conversationId: string;
  userId: string;
  seq: number;
  read: boolean;
  at: Date;
  /** Id of the message at seq. */
  messageId: string | null;
  /** Who wrote what the pointer passed over, the user excepted: they are to be told. */
  senders: string[];
}

/**
 * Advances pointers, never back and never beyond the conversation's last message: one statement for any
 * number of moves. Answers those that moved; a move that is not above the pointer is not answered, nor
 * one of a user who is not in the conversation, or of a deleted one.
 */
export async function movePointers(db: Db, moves: readonly PointerMove[]): Promise<PointerMoved[]> {
  return db<PointerMoved[]>`
    with asked as materialized (
      select "conversationId" as conversation_id, "userId" as user_id, "read", max("seq") as seq
      from json_to_recordset(${JSON.stringify(moves)}::text::json)
        as m ("conversationId" uuid, "userId" text, "seq" bigint, "read" boolean)
      group by 1, 2, 3
    ), locked as materialized (
      -- in one order, so that two gateways never wait for each other in a circle
      select p.conversation_id, p.user_id, p.delivered_seq, p.read_seq
      from (select distinct conversation_id, user_id from asked order by conversation_id, user_id) a
      cross join lateral (
        select * from participants
        where conversation_id = a.conversation_id and user_id = a.user_id and status in ('ACTIVE', 'MUTED')
        limit 1 for no key update) p
    ), wanted as materialized (
      select l.conversation_id, l.user_id, l.delivered_seq, l.read_seq, c.direct_low, c.direct_high,
        greatest(l.read_seq, max(least(a.seq, c.seq)) filter (where a.read)) as new_read,
        greatest(l.delivered_seq, max(least(a.seq, c.seq))) as new_delivered
      from locked l
      join asked a on a.conversation_id = l.conversation_id and a.user_id = l.user_id
      join lateral (select * from conversations where id = l.conversation_id and status <> 'DELETED' limit 1) c on true
      group by 1, 2, 3, 4, 5, 6
    ), moved as (
      update participants p
      set delivered_seq = w.new_delivered, read_seq = w.new_read,
        delivered_at = case when w.new_delivered > w.delivered_seq then now() else p.delivered_at end,
        read_at = case when w.new_read > w.read_seq then now() else p.read_at end
      from wanted w
      where p.conversation_id = w.conversation_id and p.user_id = w.user_id
        and (w.new_delivered > w.delivered_seq or w.new_read > w.read_seq)
    ), told as materialized (
      select conversation_id, user_id, true as read, read_seq as old, new_read as seq, direct_low, direct_high
      from wanted where new_read > read_seq
      union all
      select conversation_id, user_id, false, delivered_seq, new_delivered, direct_low, direct_high
      from wanted where new_delivered > delivered_seq
    ), kept as (
      insert into receipts (conversation_id, user_id, seq, read_at)
      select conversation_id, user_id, seq, now() from told where read
      on conflict do nothing
    )
    select t.conversation_id as "conversationId", t.user_id as "userId", t.seq, t.read, now()::timestamptz(3) as at,
      (select m.id from messages m where m.conversation_id = t.conversation_id and m.seq = t.seq) as "messageId",
      coalesce((
        select array_agg(distinct s.sender_id) from (
          select m.sender_id from messages m
          where m.conversation_id = t.conversation_id and m.seq > t.old and m.seq <= t.seq and m.sender_id <> t.user_id
            and exists (
              select from participants a where a.conversation_id = m.conversation_id and a.user_id = m.sender_id
                and a.status in ('ACTIVE', 'MUTED'))
          order by m.seq desc limit 200) s), '{}') as senders,
      t.direct_low as "directLow", t.direct_high as "directHigh"
    from told t`;
}

/** A user's read pointer in a conversation they are in, with when it last advanced. */
export async function findPointer(
  db: Db,
  conversationId: string,
  userId: string,
): Promise<{ seq: number; readAt: Date | null; messageId: string | null } | undefined> {
  const [row] = await db<{ seq: number; readAt: Date | null; messageId: string | null }[]>`
    select p.read_seq as seq, p.read_at as "readAt",
      (select m.id from messages m where m.conversation_id = p.conversation_id and m.seq = p.read_seq) as "messageId"
    from participants p join conversations c on c.id = p.conversation_id and c.status <> 'DELETED'
    where p.conversation_id = ${conversationId} and p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')`;
  return row;
}

/** Where a message is, if the user may see it. */
export async function locateMessage(
  db: Db,
  messageId: string,
  userId: string,
): Promise<{ conversationId: string; seq: number } | undefined> {
  const [row] = await db<{ conversationId: string; seq: number }[]>`
    select i.conversation_id as "conversationId", i.seq
    from message_ids i
    join participants p on p.conversation_id = i.conversation_id and p.user_id = ${userId} and p.status in ('ACTIVE', 'MUTED')
    where i.id = ${messageId}`;
  return row;
}
