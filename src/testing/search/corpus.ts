import { addGroup, addUsers } from "../../messaging/testing-world.ts";
import type { Sql } from "../../store/client.ts";

/** Different words; the k-th is met about 1/k as often as the first, as in languages. */
const WORDS = 60_000;

export interface Corpus {
  /** In 50 conversations that have 55% of all messages. */
  reader: string;
  /** In the large conversation only, which has 10%. */
  member: string;
  large: string;
  /** Has about 1% of all messages. */
  small: string;
}

/**
 * Writes `count` messages of 6 to 17 words into 100 conversations, by plain inserts, and all of them into the index. Besides,
 * every third has the word "hello", and every second of the oldest third "ancient".
 */
export async function writeCorpus(sql: Sql, count: number): Promise<Corpus> {
  const users = (await addUsers(sql, 20)) as [string, string, ...string[]];
  const [reader, ...others] = users;
  const large = await addGroup(sql, users);
  const mine: string[] = [];
  const theirs: string[] = [];
  for (let i = 0; i < 49; i++) mine.push(await addGroup(sql, [reader, others[i % 18] as string]));
  for (let i = 0; i < 50; i++) theirs.push(await addGroup(sql, others.slice(0, 2)));
  const list = (ids: string[]) => `(array['${ids.join("','")}']::uuid[])`;
  await sql.unsafe(`
    create table corpus as
    select n, conv, gen_random_uuid() as id, row_number() over (partition by conv order by n) as seq,
      timestamptz '2026-01-01' + n * interval '2 ms' as at,
      -- "where n = n" makes it another text for each row
      (select string_agg('w' || floor(exp(random() * ln(${WORDS})))::int, ' ') from generate_series(1, 6 + n % 12) where n = n)
        || case when n % 3 = 0 then ' hello' else '' end
        || case when n < ${count} / 3 and n % 2 = 0 then ' ancient' else '' end as content
    from (
      select n, case when n % 10 = 0 then '${large}'::uuid
        when n % 2 = 0 then ${list(mine)}[1 + (n / 10 * 7 + n) % 49] else ${list(theirs)}[1 + n % 50] end as conv
      from generate_series(1, ${count}) n) placed`);
  await sql.unsafe(`
    insert into messages (conversation_id, seq, id, version, sender_id, content, changed_at, created_at)
    select conv, seq, id, seq, '${reader}', content, at, at from corpus order by n`);
  await sql.unsafe(`
    update conversations c set seq = g.n, version = g.n
    from (select conv, count(*) as n from corpus group by 1) g where g.conv = c.id`);
  await sql.unsafe("drop index message_words_words");
  await sql.unsafe(
    "insert into message_words (id, conversation_id, seq, words) select n, conv, seq, search_row(content, conv) from corpus",
  );
  await sql.unsafe(
    "create index message_words_words on message_words using gin (words) with (fastupdate = off)",
  );
  await sql.unsafe("drop table corpus");
  await sql.unsafe("vacuum analyze");
  return { reader, member: users[19] as string, large, small: mine[0] as string };
}

/** A word as often asked for as it is written. */
export function anyWord(): string {
  return `w${Math.floor(Math.exp(Math.random() * Math.log(WORDS)))}`;
}
