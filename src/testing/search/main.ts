/**
 * How long a search takes over a million messages: `node src/testing/search/main.ts [messages]`. It makes a Postgres of its own,
 * fills it in some minutes, asks, prints quantiles in ms, and leaves nothing.
 */
import { startPostgres } from "../../engines/postgres.ts";
import { connectPostgres, type Sql } from "../../store/client.ts";
import { migrate } from "../../store/migrate.ts";
import { searchMessages } from "../../store/search.ts";
import { anyWord, writeCorpus } from "./corpus.ts";

const ROUNDS = 40;

const queries: Record<string, () => { text: string; open: boolean }> = {
  "a word": () => ({ text: anyWord(), open: false }),
  "another word": () => ({ text: anyWord(), open: false }),
  "two words": () => ({ text: `${anyWord()} ${anyWord()}`, open: false }),
  "one or the other": () => ({ text: `${anyWord()} or ${anyWord()}`, open: false }),
  "the commonest": () => ({ text: "hello", open: false }),
  "a common one without another": () => ({ text: "hello -w1", open: false }),
  "a phrase": () => ({ text: '"w1 w2"', open: false }),
  "a beginning": () => ({ text: "w12", open: true }),
  "a rare one": () => ({ text: `w${50_000 + Math.floor(Math.random() * 10_000)}`, open: false }),
  "one that nobody wrote": () => ({ text: "nothinghere", open: false }),
};

async function took(
  sql: Sql,
  user: string,
  place: string | undefined,
  query: { text: string; open: boolean },
) {
  const start = performance.now();
  await searchMessages(sql, user, { ...query, conversationId: place, before: undefined, limit: 20 });
  return performance.now() - start;
}

function quantiles(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] as number).toFixed(1);
  return `p50 ${at(0.5)}  p99 ${at(0.99)}  max ${at(1)}`;
}

const count = Number(process.argv[2] ?? 1_000_000);
const engine = await startPostgres({
  database: "search",
  settings: { fsync: "off", shared_buffers: "256MB", max_wal_size: "4GB" },
});
try {
  await migrate(engine.url);
  const sql = connectPostgres(engine.url, { name: "search", pool: 1, statementTimeout: 600_000 });
  const { reader, member, large, small } = await writeCorpus(sql, count);
  const [size] = await sql`select pg_size_pretty(pg_total_relation_size('message_words')) as whole,
    pg_size_pretty(pg_relation_size('message_words_words')) as index`;
  console.log(`${count} messages; message_words ${size?.whole}, of which its index of words ${size?.index}`);
  const scenes = [
    ["50 conversations with 55% of all", reader, undefined],
    ["one conversation with 10% of all", reader, large],
    ["one conversation with 1% of all", reader, small],
    ["a member of few conversations", member, undefined],
  ] as const;
  for (const [scene, user, place] of scenes) {
    const all: number[] = [];
    for (const [name, make] of Object.entries(queries)) {
      const times: number[] = [];
      await took(sql, user, place, make()); // its pages and plans
      for (let round = 0; round < ROUNDS; round++) times.push(await took(sql, user, place, make()));
      all.push(...times);
      console.log(`    ${name.padEnd(30)} ${quantiles(times)}`);
    }
    console.log(`${scene}: ${quantiles(all)}`);
    const worst = { text: "ancient", open: false };
    console.log(
      `    a word of half the messages of long ago: ${quantiles([await took(sql, user, place, worst)])}`,
    );
  }
  await sql.end();
} finally {
  await engine.stop();
}
