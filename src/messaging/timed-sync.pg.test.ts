import { afterAll, expect, test } from "vitest";
import { changeReaction, deleteMessage, editMessage } from "../store/change-message.ts";
import type { Sql } from "../store/client.ts";
import { endParticipation } from "../store/participants.ts";
import { movePointers } from "../store/pointers.ts";
import { sendMessages } from "../store/send-messages.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { syncSince } from "./read-messages.ts";
import { addDirect, addGroup, addUsers, draftOf, openPools, sendOne } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const epoch = new Date(0).toISOString();

/** All pages, one after another, each with what the one before ended with. */
async function readAll(userId: string, since: string, limit: number, between?: () => Promise<unknown>) {
  const pages = [];
  let cursor: Parameters<typeof syncSince>[4];
  for (let round = 0; round < 200; round++) {
    const { messages, next } = await syncSince({ sql }, userId, since, limit, cursor);
    expect(messages.length).toBeLessThanOrEqual(limit);
    pages.push(messages);
    if (!next) return pages.flat();
    cursor = next;
    await between?.();
  }
  throw new Error("never done");
}

test("paging to the end reaches every message of every conversation, oldest change first", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const places = [await addDirect(sql, a, b), await addGroup(sql, [a, b]), await addGroup(sql, [b, a])];
  for (let batch = 0; batch < 12; batch++)
    await sendMessages(
      sql,
      Array.from({ length: 20 }, (_, i) => draftOf(a, places[(i + batch) % 3] as string)),
    );
  const [early] = await sendMessages(sql, [draftOf(a, places[0] as string)]);
  for (const limit of [7, 50, 80, 500]) {
    const messages = await readAll(b, epoch, limit);
    expect(messages.length, `pages of ${limit}`).toBe(241);
    expect(new Set(messages.map(({ id }) => id)).size).toBe(241);
    const times = messages.map(({ timestamp }) => timestamp);
    expect(times).toEqual(times.toSorted());
  }
  // After the last message's time there is nothing, beyond what the overlap of other conversations repeats.
  const after = await readAll(b, early!.sentAt.toISOString(), 500);
  expect(after.filter((m) => m.conversationId === places[0])).toEqual([]);
});

test("a change brings an old message back, with all that is known of it", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const id = await addDirect(sql, a, b);
  const sent = [];
  for (let i = 0; i < 4; i++) sent.push(await sendOne(sql, a, id, { content: `m${i}` }));
  const [edited, deleted, reacted] = sent.map((m) => m.id) as [string, string, string];
  const since = sent[3]!.sentAt.toISOString();
  await sql`select pg_sleep_until(${new Date(sent[3]!.sentAt.getTime() + 2)}::timestamptz)`;
  await editMessage(sql, { messageId: edited, userId: a, content: "changed", metadata: null });
  await deleteMessage(sql, { messageId: deleted, userId: a });
  await changeReaction(sql, { messageId: reacted, userId: b, emoji: "👍", add: true, maxKinds: 9 });
  await movePointers(sql, [{ conversationId: id, userId: b, seq: 2, read: true }]);
  const messages = await readAll(b, since, 2);
  expect(messages.map((m) => [m.id, m.content])).toEqual([
    [edited, "changed"],
    [deleted, "This message has been deleted"],
    [reacted, "m2"],
  ]);
  expect(messages[0]).toMatchObject({
    isEdited: true,
    sender: { id: a },
    receiver: { id: b },
    readReceipts: [{ userId: b, readAt: expect.stringMatching(/Z$/) }],
  });
  expect(messages[1]?.deletedAt).not.toBeNull();
  expect(messages[2]).toMatchObject({
    reactions: [{ emoji: "👍", count: 1, userIds: [b] }],
    readReceipts: [],
  });
});

test("messages that come while the pages are read are on a later page", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sendMessages(
    sql,
    Array.from({ length: 25 }, () => draftOf(a, id)),
  );
  let more = 0;
  const messages = await readAll(b, epoch, 10, async () => {
    if (more++ < 2) await sendOne(sql, a, id, { content: "late" });
  });
  expect(messages.filter((m) => m.content === "late")).toHaveLength(2);
  expect(messages).toHaveLength(27);
});

test("of a conversation one has left there is nothing", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sendOne(sql, a, id);
  await endParticipation(sql, { conversationId: id, actorId: b, userId: b, status: "LEFT" });
  expect(await readAll(b, epoch, 10)).toEqual([]);
});
