import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, draftOf, openPools, sendOne } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { isUniqueViolation, type Sql } from "./client.ts";
import { type Draft, type SendResult, sendMessages } from "./send-messages.ts";

const database = await testDatabase();
const pools = openPools(database.url, 3);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
beforeAll(async () => {
  users = await addUsers(sql, 5);
});

/** What one run plays in: two groups and two direct conversations; the fourth user is muted in the first group. */
async function newConversations() {
  const [a, b, c, d, e] = users as [string, string, string, string, string];
  const muted = await addGroup(sql, [a, b, c, d]);
  await sql`update participants set status = 'MUTED' where conversation_id = ${muted} and user_id = ${d}`;
  const silenced = await addGroup(sql, [a, b, e]);
  await sql`update participants set permissions = '{"canSendMessages": false}'
    where conversation_id = ${silenced} and user_id = ${e}`;
  const left = await addGroup(sql, [a, b, c]);
  await sql`update participants set status = 'LEFT' where conversation_id = ${left} and user_id = ${c}`;
  const before = await Promise.all([muted, silenced, left].map((id) => sendOne(sql, a, id)));
  const [x, y] = await addUsers(sql, 2);
  const direct = await addDirect(sql, x as string, y as string);
  const conversations = [muted, silenced, left, direct, randomUUID()];
  const allowed = new Map([
    [
      muted,
      new Map([
        [a, "sent"],
        [b, "sent"],
        [c, "sent"],
        [d, "forbidden"],
      ]),
    ],
    [
      silenced,
      new Map([
        [a, "sent"],
        [b, "sent"],
        [e, "forbidden"],
      ]),
    ],
    [
      left,
      new Map([
        [a, "sent"],
        [b, "sent"],
      ]),
    ],
    [
      direct,
      new Map([
        [x as string, "sent"],
        [y as string, "sent"],
      ]),
    ],
  ]);
  return { conversations, allowed, before, senders: [...users, x as string, y as string] };
}

const spec = fc.record({
  sender: fc.nat({ max: 6 }),
  conversation: fc.nat({ max: 4 }),
  tempId: fc.option(fc.nat({ max: 7 }), { freq: 4 }),
  content: fc.constantFrom("one", "two"),
  reply: fc.constantFrom("none", "none", "none", "unknown", "right", "elsewhere"),
});
const batches = fc.array(fc.array(spec, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 14 });

interface Outcome {
  draft: Draft;
  result: SendResult;
  began: number;
  ended: number;
}

/** Writes a batch as the writer does: again after a unique violation, and on nothing else. */
async function write(pool: Sql, drafts: Draft[]): Promise<Outcome[]> {
  const began = performance.now();
  for (let round = 0; round < 20; round++) {
    try {
      const results = await sendMessages(pool, drafts);
      const ended = performance.now();
      return drafts.map((draft, index) => ({ draft, result: results[index] as SendResult, began, ended }));
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }
  throw new Error("a unique violation twenty times in a row");
}

test("any batches at once over several pools: seq without gaps in commit order, each message once, the rest told why", async () => {
  await fc.assert(
    fc.asyncProperty(batches, async (plan) => {
      const world = await newConversations();
      const work = plan.map((specs) => {
        const drafts = specs.map((s) => {
          const place = world.conversations[s.conversation] as string;
          const answered = (s.conversation + (s.reply === "right" ? 0 : 1)) % 3;
          const there = s.reply !== "none" && s.conversation < 3 ? world.before[answered]?.id : undefined;
          const replyToId = s.reply === "unknown" ? randomUUID() : (there ?? null);
          return draftOf(world.senders[s.sender] as string, place, {
            content: s.content,
            replyToId,
            ...(s.tempId !== null && { tempId: `${world.conversations[3]}-${s.tempId}` }),
          });
        });
        // The writer never puts one id into a statement twice.
        return [...new Map(drafts.map((draft) => [draft.id, draft])).values()];
      });
      // Started side by side: a deadlock would come out of `write` as an error.
      const outcomes = (
        await Promise.all(work.map((drafts, i) => write(pools[i % 3] as Sql, drafts)))
      ).flat();
      await checkStored(world.conversations, outcomes);
      checkVerdicts(world, outcomes);
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 60_000);

interface Stored {
  id: string;
  seq: number;
  version: number;
  sender: string;
  content: string;
  at: Date;
}

async function checkStored(conversations: readonly string[], outcomes: readonly Outcome[]): Promise<void> {
  for (const id of conversations.slice(0, 4)) {
    const rows = await sql<Stored[]>`select id, seq, version, sender_id as sender, content, created_at as at
      from messages where conversation_id = ${id} order by seq`;
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1));
    expect(rows.map(({ version }) => version)).toEqual(rows.map(({ seq }) => seq));
    for (const [index, row] of rows.entries())
      expect(row.at.getTime()).toBeGreaterThanOrEqual(rows[index - 1]?.at.getTime() ?? 0);
    const [head] = await sql`select seq, version, changed_at as at from conversations where id = ${id}`;
    expect(head).toMatchObject({ seq: rows.length, version: rows.length });

    const sent = outcomes.filter((o) => o.result.verdict === "sent" && o.draft.conversationId === id);
    const byId = new Map(rows.map((row) => [row.id, row]));
    expect(new Set(sent.map((o) => o.draft.id)).size).toBe(sent.length);
    expect(sent.length).toBe(rows.length - (conversations.indexOf(id) < 3 ? 1 : 0));
    for (const { draft, result } of sent) {
      const { seq, version, sentAt: at } = result;
      expect(byId.get(draft.id)).toEqual({
        id: draft.id,
        seq,
        version,
        at,
        sender: draft.senderId,
        content: draft.content,
      });
    }
    // Commit order: what was acknowledged before another send began stands before it.
    for (const one of sent)
      for (const other of sent)
        if (one.ended < other.began) expect(one.result.seq).toBeLessThan(other.result.seq);
  }
}

function checkVerdicts(
  world: Awaited<ReturnType<typeof newConversations>>,
  outcomes: readonly Outcome[],
): void {
  for (const [id, all] of Map.groupBy(outcomes, (o) => o.draft.id)) {
    const first = all.find((o) => o.result.verdict === "sent");
    for (const { draft, result } of all) {
      const standing = world.allowed.get(draft.conversationId)?.get(draft.senderId) ?? "unknown_conversation";
      const known =
        draft.replyToId === null ||
        world.before.some(
          (m, i) => m.id === draft.replyToId && world.conversations[i] === draft.conversationId,
        );
      const onItsOwn = standing === "sent" && !known ? "unknown_reply" : standing;
      const same = first?.draft.fingerprint === draft.fingerprint;
      if (result.verdict === "sent") expect(onItsOwn).toBe("sent");
      else if (result.verdict === "repeated") {
        expect(same, id).toBe(true);
        expect(result).toEqual({ ...first?.result, verdict: "repeated" });
      } else if (result.verdict === "conflict") expect(first && !same, id).toBe(true);
      else expect(result.verdict).toBe(onItsOwn);
    }
  }
}

test("the same message ten times at once over all pools is one; the same tempId with other content is a conflict", async () => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  const draft = draftOf(a, id, { tempId: "ten" });
  const other = draftOf(a, id, { tempId: "ten", content: "something else" });
  const outcomes = (
    await Promise.all(Array.from({ length: 10 }, (_, i) => write(pools[i % 3] as Sql, [draft])))
  ).flat();
  const verdicts = outcomes.map((o) => o.result.verdict).sort();
  expect(verdicts).toEqual([...Array(9).fill("repeated"), "sent"]);
  expect(new Set(outcomes.map((o) => `${o.result.seq} ${o.result.version} ${+o.result.sentAt}`)).size).toBe(
    1,
  );
  expect((await sendMessages(sql, [other]))[0]?.verdict).toBe("conflict");
  expect((await sql`select seq from conversations where id = ${id}`)[0]?.seq).toBe(1);
});
