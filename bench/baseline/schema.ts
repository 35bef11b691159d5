import type { Sql } from "postgres";

/** Creates the tables that the ordinary server needs: messages, and who is in which group. */
export async function createSchema(sql: Sql): Promise<void> {
  await sql.unsafe(`
    create table messages (
      id          bigint generated always as identity primary key,
      sender_id   text not null,
      receiver_id text,
      group_id    text,
      content     text not null,
      created_at  timestamptz(3) not null default now()
    );
    create index messages_receiver on messages (receiver_id, created_at);
    create index messages_group on messages (group_id, created_at) where group_id is not null;
    create table group_members (
      group_id text not null,
      user_id  text not null,
      primary key (user_id, group_id)
    );
  `);
}
