/**
 * How Postgres carries the hot statements out, by its own account (auto_explain), with the pool's own
 * settings: on the very connection that planned them while all tables were empty, then after ANALYZE.
 */
import { createHash, randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, draftOf, openPools } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { changeReaction, deleteMessage, editMessage } from "./change-message.ts";
import { connectPostgres, type Sql } from "./client.ts";
import {
  ensureDirect,
  findAccess,
  readConversations,
  readRecentVersions,
  readRooms,
} from "./conversations.ts";
import { deleteOldDevices, upsertDevice } from "./devices.ts";
import { installJobQueue } from "./job-queue.ts";
import { findMessage, readHistory, readVersions } from "./messages.ts";
import { readMembership, readParticipants } from "./participants.ts";
import { findPointer, locateMessage, movePointers } from "./pointers.ts";
import { findPushKeys, readPushCandidates } from "./push-candidates.ts";
import { scanForPushes } from "./push-scan.ts";
import { findStale, recordCleared, recordShown } from "./push-shown.ts";
import { revokeFamily, rotateRefreshToken } from "./refresh-tokens.ts";
import { sendMessages } from "./send-messages.ts";
import { readDeltas, readReceipts } from "./sync.ts";
import { readAdvances, readChangesSince } from "./timed-sync.ts";

const deltaLimits = { conversations: 50, rows: 101, receiptsOf: 100, receipts: 100 };

interface Node {
  "Node Type": string;
  "Relation Name"?: string;
  "Index Name"?: string;
  "Index Cond"?: string;
  "Recheck Cond"?: string;
  "Actual Rows"?: number;
  "Actual Loops"?: number;
  "Rows Removed by Filter"?: number;
  Plans?: Node[];
}

const database = await testDatabase();
const pools = openPools(database.url, 1);
const [loader] = pools as unknown as [Sql];
let plans: Node[] = [];
const sql = connectPostgres(database.url, {
  name: "plans",
  pool: 1,
  statementTimeout: 30_000,
  onnotice(notice) {
    const found = /plan:\s*(\{[\s\S]*\})/.exec(String((notice as { message?: string }).message));
    if (found?.[1]) plans.push((JSON.parse(found[1]) as { Plan: Node }).Plan);
  },
});
afterAll(async () => {
  await sql.end({ timeout: 5 });
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let user: string;
let other: string;
let direct: string;
let group: string;
let messageId: string;
let device: string;

beforeAll(async () => {
  await sql`load 'auto_explain'`;
  for (const [name, value] of Object.entries({
    log_min_duration: "0",
    log_analyze: "on",
    log_nested_statements: "on", // those of our functions
    log_timing: "off",
    log_format: "json",
    log_level: "notice",
  }))
    await sql`select set_config(${`auto_explain.${name}`}, ${value}, false)`;
  // Autovacuum's ANALYZE would make the plans new at a moment of its own.
  for (const table of await loader<{ name: string }[]>`select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind = 'r'`)
    await loader`alter table ${loader(table.name)} set (autovacuum_enabled = off)`;
  const users = await addUsers(loader, 200);
  [user, other] = users as [string, string];
  group = await addGroup(loader, users);
  direct = await addDirect(loader, user, other);
  await installJobQueue(database.url);
  await upsertDevice(loader, {
    userId: other,
    pushToken: "token",
    platform: "web",
    appVersion: null,
    language: null,
    deviceId: "browser",
  });
  [device] = (await loader`select id from devices where user_id = ${other}`).map((row) => row.id) as [string];
  // Every statement once while there is nothing: the plans are made now.
  const id = randomUUID();
  for (const [, run] of statements) await run(id);
  await fill(users);
}, 60_000);

/** 100,000 messages of 200 users in 500 direct conversations and a group. */
async function fill(users: string[]): Promise<void> {
  await loader`
    with pairs as (
      insert into conversations (id, type, direct_low, direct_high, created_by, seq, version, changed_at)
      select gen_random_uuid(), 'DIRECT', a.id, b.id, a.id, 100, 100, now() from unnest(${users}::text[]) with ordinality a(id, n)
      join unnest(${users}::text[]) with ordinality b(id, n) on b.n between a.n + 2 and a.n + 4
      limit 500 returning id, direct_low, direct_high)
    insert into participants (conversation_id, user_id)
    select id, direct_low from pairs union all select id, direct_high from pairs`;
  await loader`update conversations set seq = 25000 + seq, version = 25000 + version where id in (${direct}, ${group})`;
  await loader`
    insert into messages (conversation_id, seq, id, version, sender_id, content, changed_at, created_at)
    select c.id, s, gen_random_uuid(), s, p.user_id, 'message ' || s, now() - (c.seq - s) * interval '10 ms', now()
    from conversations c cross join lateral generate_series(1, c.seq) s
    cross join lateral (select user_id from participants where conversation_id = c.id order by user_id limit 1 offset s % 2) p
    on conflict do nothing`;
  await loader`
    insert into message_ids (id, conversation_id, seq, version, fingerprint, sent_at)
    select id, conversation_id, seq, version, 1, created_at from messages on conflict do nothing`;
  await loader`
    insert into refresh_tokens (family, user_id, token_hash, expires_at)
    select gen_random_uuid(), ${user}, sha256(n::text::bytea), now() + interval '1 day' from generate_series(1, 20000) n`;
  await loader`
    insert into reactions (conversation_id, seq, emoji, user_id)
    select ${direct}, s, '🎉', ${other} from generate_series(1, 25000) s`;
  await loader`
    insert into devices (user_id, push_token, badge)
    select user_id, n || user_id, 1 from unnest(${users}::text[]) user_id, generate_series(1, 50) n`;
  await loader`
    insert into push_shown (device_id, conversation_id, seq)
    select d.id, p.conversation_id, 1 from devices d join participants p using (user_id)
    on conflict do nothing`;
  await loader`
    insert into receipts (conversation_id, user_id, seq, read_at)
    select ${direct}, ${other}, s, now() - (25000 - s) * interval '1 s' from generate_series(1, 25000) s
    on conflict do nothing`;
  // As autovacuum does for full ranges; what is left is the end, which is read.
  await loader`select brin_summarize_new_values('message_ids_sent_at'), brin_summarize_new_values('receipts_read_at')`;
  [messageId] = (await loader`select id from messages where conversation_id = ${direct} and seq = 20000`).map(
    (row) => row.id,
  ) as [string];
}

/** Of the refresh token that `fill` made with this number. */
function hash(number: number): Uint8Array {
  return createHash("sha256").update(String(number)).digest();
}

const second = () => new Date(Date.now() - 1000).toISOString();
const statements: [name: string, run: (id: string) => Promise<unknown>][] = [
  ["sendMessages, direct", () => sendMessages(sql, [draftOf(user, direct), draftOf(other, direct)])],
  ["sendMessages, group", () => sendMessages(sql, [draftOf(user, group)])],
  ["sendMessages, a reply", (id) => sendMessages(sql, [draftOf(user, direct, { replyToId: id })])],
  [
    "editMessage",
    (id) => editMessage(sql, { messageId: id, userId: user, content: randomUUID(), metadata: null }),
  ],
  [
    "changeReaction, add",
    (id) => changeReaction(sql, { messageId: id, userId: user, emoji: "👍", add: true, maxKinds: 50 }),
  ],
  [
    "changeReaction, remove",
    (id) => changeReaction(sql, { messageId: id, userId: user, emoji: "👍", add: false, maxKinds: 50 }),
  ],
  ["movePointers", () => movePointers(sql, [{ conversationId: direct, userId: other, seq: 3, read: true }])],
  ["findPointer", () => findPointer(sql, direct, user)],
  ["locateMessage", (id) => locateMessage(sql, id, user)],
  ["findMessage", (id) => findMessage(sql, id, user)],
  ["readVersions", () => readVersions(sql, direct, 20_000)],
  ["readHistory, newest", () => readHistory(sql, direct, { limit: 50 })],
  ["readHistory, before", () => readHistory(sql, direct, { before: 10_000, limit: 50 })],
  ["readHistory, after", () => readHistory(sql, direct, { after: 10_000, limit: 50 })],
  ["findAccess", () => findAccess(sql, direct, user)],
  ["ensureDirect", () => ensureDirect(sql, randomUUID(), user, other)],
  ["readConversations", () => readConversations(sql, user, { limit: 50 })],
  ["readRooms", () => readRooms(sql, user)],
  ["readRecentVersions", () => readRecentVersions(sql, user, 60)],
  ["readDeltas", () => readDeltas(sql, user, { [direct]: 24_950 }, deltaLimits)],
  ["readReceipts", () => readReceipts(sql, [direct, group], 100)],
  ["readParticipants", () => readParticipants(sql, [direct], 100)],
  ["readMembership", () => readMembership(sql, group, [user])],
  ["readChangesSince", () => readChangesSince(sql, user, second(), 500)],
  ["readAdvances", () => readAdvances(sql, [{ conversationId: direct, seq: 20_000 }])],
  ["deleteMessage", (id) => deleteMessage(sql, { messageId: id, userId: user })],
  ["rotateRefreshToken", () => rotateRefreshToken(sql, { hash: hash(1), successor: hash(-1), lifetime: 60 })],
  [
    "rotateRefreshToken, reused",
    () => rotateRefreshToken(sql, { hash: hash(1), successor: hash(-2), lifetime: 60 }),
  ],
  ["revokeFamily", () => revokeFamily(sql, hash(2))],
  [
    "scanForPushes",
    async () => {
      const moment = new Date(Date.now() + 1000);
      await loader`update push_state set messages_to = ${moment}, changes_to = ${moment}, scan_after = now()`;
      await scanForPushes(sql, { delay: 0, every: 0, oldest: 60_000 });
    },
  ],
  [
    "findPushKeys",
    () => findPushKeys(sql, { conversationIds: [direct, group], shard: 1, shards: 4, deviceIds: [device] }),
  ],
  [
    "readPushCandidates",
    () =>
      readPushCandidates(sql, [{ conversationId: direct, userId: other, deviceId: device }], {
        delay: 0,
        oldest: 1,
      }),
  ],
  ["recordShown", () => recordShown(sql, [{ deviceId: device, conversationId: direct, seq: 1, badge: 2 }])],
  ["findStale", () => findStale(sql, [other])],
  [
    "recordCleared",
    () => recordCleared(sql, [{ deviceId: device, badge: 1, clear: [{ conversationId: direct, seq: 1 }] }]),
  ],
  ["deleteOldDevices", () => deleteOldDevices(sql, 60, 100)],
];

function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of node.Plans ?? []) yield* nodesOf(child);
}

const large =
  /^(messages(_\d+)?|message_ids|message_versions|participants|conversations|receipts|reactions|users|refresh_tokens|devices|push_shown)$/;
/** More rows than any one of these statements has a use for; the readers of conversations may look at the group's 200. */
const MOST_ROWS = 4500; // two conversations of which 1,000 others' messages are counted, by chance in one partition

/** Reads of whole tables or indexes, and reads of more rows than are of use. */
function wasteOf(plan: Node): string[] {
  return [...nodesOf(plan)].flatMap((node) => {
    const table = node["Relation Name"] ?? "";
    const touched =
      ((node["Actual Rows"] ?? 0) + (node["Rows Removed by Filter"] ?? 0)) * (node["Actual Loops"] ?? 1);
    const what = `${node["Node Type"]} on ${table} ${node["Index Name"] ?? ""}: ${touched} rows`;
    if (touched > MOST_ROWS) return [what];
    if (!large.test(table) || (node["Actual Loops"] ?? 0) === 0) return [];
    if (node["Node Type"] === "Seq Scan") return [what];
    return /^Index/.test(node["Node Type"]) && !node["Index Cond"] ? [`${what}, without a condition`] : [];
  });
}

test("the pool's settings reach Postgres", async () => {
  const rows = await sql`select name, setting from pg_settings
    where name in ('plan_cache_mode', 'enable_seqscan', 'jit', 'random_page_cost', 'TimeZone', 'statement_timeout')`;
  expect(Object.fromEntries(rows.map((row) => [row.name, row.setting]))).toEqual({
    plan_cache_mode: "force_generic_plan",
    enable_seqscan: "off",
    jit: "off",
    random_page_cost: "1.1",
    TimeZone: "UTC",
    statement_timeout: "30000",
  });
});

describe.each([
  ["with plans made while the tables were empty", async () => {}],
  ["with plans made anew after ANALYZE", async () => void (await loader`analyze`)],
])("%s no hot statement reads a whole table", (_, prepare) => {
  beforeAll(prepare, 30_000);

  test.each(statements)("%s", async (_name, run) => {
    plans = [];
    await run(messageId);
    expect(plans.length).toBeGreaterThan(0);
    expect(plans.flatMap(wasteOf)).toEqual([]);
  });
});
