import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Sql } from "../store/client.ts";
import { scanForSearch } from "../store/search.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { deleteMessage, editMessage } from "./change-message.ts";
import { search } from "./search.ts";
import { addDirect, addGroup, addUsers, openPools, sendOne } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url, 1);
const [sql] = pools as unknown as [Sql];
const changes = { sql, deliver: () => {}, maxLength: 1000 };
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let ann: string;
let bob: string;
let eve: string;
let group: string;
let direct: string;
beforeAll(async () => {
  [ann, bob, eve] = (await addUsers(sql, 3)) as [string, string, string];
  group = await addGroup(sql, [ann, bob]);
  direct = await addDirect(sql, ann, bob);
});

/** Until all that was sent so far can be found. */
async function index(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 30)); // what is younger than 20 ms is left for the next look
  while ((await scanForSearch(sql)).more);
}

async function find(userId: string, q: string, conversationId?: string): Promise<string[]> {
  const { hits } = await search({ sql }, userId, { q, conversationId, limit: 50, before: undefined });
  return hits.map(({ content }) => content);
}

async function say(content: string, conversationId = group, userId = ann) {
  return sendOne(sql, userId, conversationId, { content });
}

describe("what is found", () => {
  beforeAll(async () => {
    for (const content of [
      "Der Käse ist in Zürich",
      "naïve CAFÉ au lait",
      "meeting at noon tomorrow",
      "tomorrow we meet",
      "Привет мир",
      "see https://example.com/report-2026.pdf",
      "it's 50% done",
      "東京 で会いましょう",
    ])
      await say(content);
    await index();
  });

  test.each([
    ["kase", ["Der Käse ist in Zürich"]],
    ["KÄSE zurich", ["Der Käse ist in Zürich"]],
    ["cafe", ["naïve CAFÉ au lait"]],
    ["tomorrow", ["tomorrow we meet", "meeting at noon tomorrow"]],
    ['"noon tomorrow"', ["meeting at noon tomorrow"]],
    ['"tomorrow noon"', []],
    ["tomorrow -noon", ["tomorrow we meet"]],
    ["kase or cafe", ["naïve CAFÉ au lait", "Der Käse ist in Zürich"]],
    ["meet", ["tomorrow we meet", "meeting at noon tomorrow"]],
    ["me", []],
    ["привет", ["Привет мир"]],
    ["東京", ["東京 で会いましょう"]],
    ["example.com", ["see https://example.com/report-2026.pdf"]],
    ["it's", ["it's 50% done"]],
    ["nothing", []],
    ["%", []],
    ["' | '", []],
    ["\\", []],
    ["-", []],
    ['"tomorrow we', ["tomorrow we meet"]],
    ['tomorrow -"noon tomorrow', ["tomorrow we meet"]],
    ["tomorrow noon-time", []],
    ["(tomorrow)", ["tomorrow we meet", "meeting at noon tomorrow"]],
    ["-nothing", expect.arrayContaining(["it's 50% done"])],
  ])("by %j", async (q, contents) => {
    expect(await find(ann, q)).toEqual(contents);
    expect(await find(bob, q, group)).toEqual(contents);
  });

  test("is shown by where it stands in the text, accents or not", async () => {
    const { hits } = await search({ sql }, ann, {
      q: "zurich kas",
      conversationId: group,
      limit: 5,
      before: undefined,
    });
    const [hit] = hits;
    expect(hit?.highlights.map(({ start, end }) => hit.content.slice(start, end))).toEqual([
      "Käse",
      "Zürich",
    ]);
  });
});

describe("only those entitled", () => {
  test("somebody else's conversations are not searched, asked for by name neither", async () => {
    await say("sesame is secret");
    await index();
    expect(await find(ann, "sesame")).toHaveLength(1);
    expect(await find(eve, "sesame")).toEqual([]);
    await expect(find(eve, "sesame", group)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(find(eve, "sesame", crypto.randomUUID())).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("who is removed, or whose conversation is deleted, finds nothing there any more", async () => {
    const place = await addGroup(sql, [ann, eve]);
    await say("walnut", place);
    await index();
    expect(await find(eve, "walnut")).toEqual(["walnut"]);
    await sql`update participants set status = 'REMOVED' where conversation_id = ${place} and user_id = ${eve}`;
    expect(await find(eve, "walnut")).toEqual([]);
    await sql`update conversations set status = 'DELETED' where id = ${place}`;
    expect(await find(ann, "walnut")).toEqual([]);
  });

  test("a conversation whose key is the same by chance is not mixed up", async () => {
    const place = await addGroup(sql, [eve, bob]);
    const twin = place.slice(0, 8) + group.slice(8);
    await sql`update message_words set conversation_id = ${twin}, words = search_keyed(search_words('hazelnut')::text, ${twin})::tsvector
      where (conversation_id, seq) = (select conversation_id, seq from message_words limit 1)`;
    await say("hazelnut", place, eve);
    await index();
    expect(await find(eve, "hazelnut")).toEqual(["hazelnut"]);
  });
});

describe("what changed", () => {
  test("is found by what it says now, at once no more by what it said", async () => {
    const { id } = await say("almond");
    await index();
    await editMessage(changes, { userId: ann }, { messageId: id, content: "peanut" });
    expect(await find(ann, "almond")).toEqual([]);
    await index();
    expect(await find(ann, "peanut")).toEqual(["peanut"]);
    await deleteMessage(changes, { userId: ann }, { messageId: id });
    expect(await find(ann, "peanut")).toEqual([]);
    await index();
    const [row] = await sql`select count(*)::int as n from message_words w
      join message_ids i on (w.conversation_id, w.seq) = (i.conversation_id, i.seq) where i.id = ${id}`;
    expect(row?.n).toBe(0);
  });

  test("encrypted messages are not found, whatever they seem to say", async () => {
    await sendOne(sql, ann, group, { content: "pistachio", isEncrypted: true });
    await index();
    expect(await find(ann, "pistachio")).toEqual([]);
  });
});

test("a message of any length and make can be indexed", async () => {
  const place = await addGroup(sql, [ann]);
  await say("x".repeat(5000), place);
  await say(Array.from({ length: 900 }, (_, i) => `w${i}é`).join("\u0001 "), place);
  await say("𝒳".repeat(520), place);
  await say(`'quote\\ ''::tsvector & | ! <-> :* macadamia`, place);
  await index();
  expect(await find(ann, "macadamia")).toHaveLength(1);
  expect(await find(ann, "w899e")).toHaveLength(1);
});

test("pages go on where the last ended, newest first, over two conversations", async () => {
  for (let i = 0; i < 15; i++) await say(`pecan ${i}`, i % 2 ? group : direct);
  await index();
  const found: string[] = [];
  let before: number | undefined;
  do {
    const { hits, next } = await search({ sql }, bob, {
      q: "pecan",
      conversationId: undefined,
      limit: 4,
      before,
    });
    found.push(...hits.map(({ content }) => content));
    before = next;
  } while (before !== undefined);
  expect(found).toEqual(Array.from({ length: 15 }, (_, i) => `pecan ${14 - i}`));
});

test("who has written very much finds the new and the old", async () => {
  const place = await addGroup(sql, [ann, bob]);
  const first = await say("the first chestnut", place);
  await index();
  // As if 25,000 were in between, which puts the first one out of those that are read one after the other.
  await sql`select setval('message_words_id', ${25_000} + (select max(id) from message_words))`;
  await sql`update conversations set seq = seq + 25000 where id = ${place}`;
  await say("the last chestnut", place);
  await index();
  expect(await find(bob, "chestnut", place)).toEqual(["the last chestnut", "the first chestnut"]);
  expect(first.seq).toBe(1);
});
