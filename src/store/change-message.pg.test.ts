import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, openPools, sendOne } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { type Change, changeReaction, deleteMessage, editMessage } from "./change-message.ts";
import type { Sql } from "./client.ts";
import { readVersions } from "./messages.ts";

const database = await testDatabase();
const pools = openPools(database.url, 2, 5);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
beforeAll(async () => {
  users = await addUsers(sql, 4);
});

const emojis = ["👍", "❤️", "🎉"];
const action = fc.record({
  what: fc.constantFrom("edit", "edit", "delete", "add", "add", "add", "remove", "remove", "send"),
  user: fc.nat({ max: 3 }),
  message: fc.nat({ max: 2 }),
  emoji: fc.constantFrom(...emojis),
  text: fc.constantFrom("a", "b", "c"),
});
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

function act(db: Sql, place: { id: string; messages: string[] }, a: Action): Promise<Change | undefined> {
  const userId = users[a.user] as string;
  const messageId = place.messages[a.message] as string;
  if (a.what === "send")
    return sendOne(db, userId, place.id).then((sent) => ({
      ...sent,
      conversationId: place.id,
      at: sent.sentAt,
      changed: true,
    }));
  if (a.what === "edit") return editMessage(db, { messageId, userId, content: a.text, metadata: null });
  if (a.what === "delete") return deleteMessage(db, { messageId, userId });
  return changeReaction(db, { messageId, userId, emoji: a.emoji, add: a.what === "add", maxKinds: 50 });
}

test("edits, deletions, reactions and sends at once: versions without gaps, each row stamped with its last change", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 1, maxLength: 40 }), async (actions) => {
      const id = await addGroup(sql, users);
      const messages: string[] = [];
      for (const user of users.slice(0, 3))
        messages.push((await sendOne(sql, user, id, { content: "zero" })).id);
      const changes = await Promise.all(actions.map((a, i) => act(pools[i % 2] as Sql, { id, messages }, a)));
      const made = changes.filter((change) => change?.changed).map((change) => (change as Change).version);
      const [head] = await sql`select version, seq from conversations where id = ${id}`;
      expect(made.toSorted((x, y) => x - y)).toEqual(made.map((_, index) => index + 4));
      expect(head?.version).toBe(3 + made.length);
      await checkRows(id, messages, actions, changes);
      await checkReactions(id);
    }),
    { numRuns: 40, endOnFailure: true },
  );
}, 60_000);

async function checkRows(id: string, messages: string[], actions: Action[], changes: (Change | undefined)[]) {
  const rows = await sql`select id, seq, version, content, deleted_at as "deletedAt", edited_at as "editedAt",
    changed_at as "changedAt" from messages where conversation_id = ${id} order by version`;
  for (const [index, row] of rows.entries())
    expect(+row.changedAt).toBeGreaterThanOrEqual(+(rows[index - 1]?.changedAt ?? 0));
  for (const [index, messageId] of messages.entries()) {
    const row = rows.find((r) => r.id === messageId);
    const mine = changes.flatMap((change, i) => {
      const a = actions[i] as Action;
      return change?.changed && a.what !== "send" && a.message === index
        ? [{ a, version: change.version }]
        : [];
    });
    mine.sort((x, y) => x.version - y.version);
    expect(row?.version).toBe(mine.at(-1)?.version ?? index + 1);
    // Only its sender edits and deletes here (the owner of the group deletes all), nobody after a deletion.
    const deletion = mine.findIndex(({ a }) => a.what === "delete");
    if (deletion >= 0) expect(deletion).toBe(mine.length - 1);
    for (const { a } of mine)
      if (a.what === "edit") expect(a.user).toBe(index);
      else if (a.what === "delete") expect([0, index]).toContain(a.user);
    expect(row?.deletedAt !== null).toBe(deletion >= 0);
    // Every content it ever had is kept under the version that held it; a reaction moves the version on.
    const contents = ["zero", ...mine.filter(({ a }) => a.what === "edit").map(({ a }) => a.text)];
    const kept = await sql`select content, version from message_versions
      where conversation_id = ${id} and seq = ${row?.seq} order by version`;
    const past = deletion >= 0 ? contents : contents.slice(0, -1);
    expect(kept.map((v) => v.content)).toEqual(past);
    if (deletion >= 0) expect(row?.content).toBe("");
    else expect(row?.content).toBe(contents.at(-1));
    const told = await readVersions(sql, id, row?.seq);
    expect(told.map(({ content }) => content)).toEqual(deletion >= 0 ? [] : contents);
  }
}

/** What a message shows of its reactions is what the table of reactions holds. */
async function checkReactions(id: string): Promise<void> {
  const shown = await sql<
    { seq: number; reactions: { emoji: string; count: number; userIds: string[] }[] | null }[]
  >`
    select seq, reactions from messages where conversation_id = ${id} order by seq`;
  const held = await sql<{ seq: number; emoji: string; userId: string }[]>`
    select seq, emoji, user_id as "userId" from reactions where conversation_id = ${id}`;
  const flat = shown.flatMap(({ seq, reactions }) =>
    (reactions ?? []).flatMap(({ emoji, count, userIds }) => {
      expect(count).toBe(userIds.length);
      expect(count).toBeGreaterThan(0);
      return userIds.map((userId) => ({ seq, emoji, userId }));
    }),
  );
  const key = (r: { seq: number; emoji: string; userId: string }) => `${r.seq} ${r.emoji} ${r.userId}`;
  expect(flat.map(key).sort()).toEqual(held.map(key).sort());
}

test("one user's reaction and its removal from two devices at once never leave table and message apart", async () => {
  const [a, b] = users as [string, string];
  const id = await addDirect(sql, a, b);
  const { id: messageId } = await sendOne(sql, a, id);
  const change = { messageId, userId: b, emoji: "👍", maxKinds: 50 };
  for (let round = 0; round < 30; round++) {
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        changeReaction(pools[i % 2] as Sql, { ...change, add: i % 2 === 0 }),
      ),
    );
    await checkReactions(id);
  }
});

test("emojis keep their place, count their people, and go with the last of them", async () => {
  const [a, b] = users as [string, string];
  const id = await addDirect(sql, a, b);
  const { id: messageId, seq } = await sendOne(sql, a, id);
  const react = (userId: string, emoji: string, add = true) =>
    changeReaction(sql, { messageId, userId, emoji, add, maxKinds: 2 });
  expect((await react(a, "👍"))?.count).toBe(1);
  expect((await react(b, "❤️"))?.count).toBe(1);
  expect((await react(b, "👍"))?.count).toBe(2);
  expect(await react(b, "👍")).toMatchObject({ changed: false, count: 2 });
  expect(await react(b, "🎉")).toMatchObject({ changed: false, count: 0 }); // a third kind, where two may be
  expect((await react(a, "👍", false))?.count).toBe(1);
  const read = async () =>
    (await sql`select reactions from messages where conversation_id = ${id} and seq = ${seq}`)[0]?.reactions;
  expect(await read()).toEqual([
    { emoji: "👍", count: 1, userIds: [b] },
    { emoji: "❤️", count: 1, userIds: [b] },
  ]);
  await react(b, "👍", false);
  expect(await react(b, "❤️", false)).toMatchObject({ count: 0, changed: true });
  expect(await read()).toBeNull();
});

test("a deletion leaves nothing of what was said: content, metadata, attachments and reactions go", async () => {
  const [a, b] = users as [string, string];
  const id = await addDirect(sql, a, b);
  const metadata = { mentions: ["x"], hashtags: [], urls: [] };
  const { id: messageId, seq } = await sendOne(sql, a, id, { content: "secret @x", metadata });
  await changeReaction(sql, { messageId, userId: b, emoji: "👍", add: true, maxKinds: 50 });
  await deleteMessage(sql, { messageId, userId: a });
  const [row] = await sql`select content, metadata, attachments, reactions from messages
    where conversation_id = ${id} and seq = ${seq}`;
  expect(row).toEqual({ content: "", metadata: null, attachments: null, reactions: null });
  await checkReactions(id);
  const audit =
    await sql`select actor_id as actor, action, subject_id as subject from audit where message_id = ${messageId}`;
  expect([...audit]).toEqual([{ actor: a, action: "message.deleted", subject: a }]);
  // Again, from a second device: answered the same, written once.
  expect(await deleteMessage(sql, { messageId, userId: a })).toMatchObject({ changed: false });
  expect(await sql`select from audit where message_id = ${messageId}`).toHaveLength(1);
});
