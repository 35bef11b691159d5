import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, openPools, sendOne } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import type { Sql } from "./client.ts";
import { movePointers, type PointerMove } from "./pointers.ts";

const database = await testDatabase();
const pools = openPools(database.url, 2);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

const LAST = 6;
let users: string[];
let senders: string[];
let conversationId: string;
let messageIds: string[];

// Six messages of three senders, one of whom has left; the fourth of `users` was never in it.
beforeAll(async () => {
  users = await addUsers(sql, 4);
});
async function newConversation(): Promise<void> {
  conversationId = await addGroup(sql, users.slice(0, 3));
  senders = Array.from({ length: LAST }, (_, index) => users[index % 3] as string);
  messageIds = [];
  for (const sender of senders) messageIds.push((await sendOne(sql, sender, conversationId)).id);
  await sql`update participants set status = 'LEFT' where conversation_id = ${conversationId} and user_id = ${users[2] as string}`;
}

const move = fc.record({ user: fc.nat({ max: 3 }), seq: fc.nat({ max: LAST + 3 }), read: fc.boolean() });
const toMove = (m: { user: number; seq: number; read: boolean }): PointerMove => ({
  conversationId,
  userId: users[m.user] as string,
  seq: m.seq,
  read: m.read,
});

async function pointersNow(): Promise<Record<string, { delivered: number; read: number }>> {
  const rows = await sql<{ id: string; delivered: number; read: number }[]>`
    select user_id as id, delivered_seq as delivered, read_seq as read from participants
    where conversation_id = ${conversationId}`;
  return Object.fromEntries(rows.map(({ id, ...pointers }) => [id, pointers]));
}

test("pointers only grow, never beyond the last message, and what moved is told to the active senders of what was passed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { minLength: 1, maxLength: 4 }), { maxLength: 6 }),
      async (batches) => {
        await newConversation();
        const model = new Map(users.slice(0, 2).map((id) => [id, { delivered: 0, read: 0 }]));
        for (const batch of batches) {
          const moved = await movePointers(sql, batch.map(toMove));
          const expected = [...model].flatMap(([userId, now]) => {
            const mine = batch.filter((m) => users[m.user] === userId);
            const top = (moves: typeof mine) => Math.min(LAST, Math.max(0, ...moves.map((m) => m.seq)));
            const next = {
              read: Math.max(now.read, top(mine.filter((m) => m.read))),
              delivered: Math.max(now.delivered, top(mine)), // what is read has been delivered
            };
            const told = [];
            for (const [read, old, seq] of [
              [true, now.read, next.read],
              [false, now.delivered, next.delivered],
            ] as const)
              if (seq > old)
                told.push({
                  userId,
                  seq,
                  read,
                  messageId: messageIds[seq - 1],
                  senders: [...new Set(senders.slice(old, seq))]
                    .filter((s) => s !== userId && s !== users[2])
                    .sort(),
                });
            model.set(userId, next);
            return told;
          });
          const key = (m: { userId: string; read: boolean }) => `${m.userId} ${m.read}`;
          const seen = moved.map(({ userId, seq, read, messageId, senders: to }) => ({
            userId,
            seq,
            read,
            messageId,
            senders: to.sort(),
          }));
          expect(seen.sort((x, y) => (key(x) < key(y) ? -1 : 1))).toEqual(
            expected.sort((x, y) => (key(x) < key(y) ? -1 : 1)),
          );
          expect(await pointersNow()).toEqual({
            ...Object.fromEntries(model),
            [users[2] as string]: { delivered: 0, read: 0 },
          });
        }
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
}, 60_000);

test("moves at once over two pools end at the furthest, whatever the order; each advance is kept once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(move, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 8 }),
      async (batches) => {
        await newConversation();
        const answers = await Promise.all(
          batches.map((batch, i) => movePointers(pools[i % 2] as Sql, batch.map(toMove))),
        );
        const now = await pointersNow();
        for (const userId of users.slice(0, 2)) {
          const mine = batches.flat().filter((m) => users[m.user] === userId);
          const top = (moves: typeof mine) => Math.min(LAST, Math.max(0, ...moves.map((m) => m.seq)));
          expect(now[userId]).toEqual({ read: top(mine.filter((m) => m.read)), delivered: top(mine) });
          const told = answers
            .flat()
            .filter((m) => m.userId === userId && m.read)
            .map((m) => m.seq);
          const kept =
            await sql`select seq from receipts where conversation_id = ${conversationId} and user_id = ${userId} order by seq`;
          expect(new Set(told).size).toBe(told.length);
          expect(kept.map((row) => row.seq)).toEqual(told.sort((x, y) => x - y));
        }
      },
    ),
    { numRuns: 30, endOnFailure: true },
  );
}, 60_000);

test("crowds that confirm several conversations at once do not wait for each other in a circle", async () => {
  const crowd = await addUsers(sql, 12);
  const places = await Promise.all([1, 2, 3, 4].map(() => addGroup(sql, crowd)));
  for (const id of places) await sendOne(sql, crowd[0] as string, id);
  const moves = places.flatMap((id) =>
    crowd.map((userId) => ({ conversationId: id, userId, seq: 1, read: true })),
  );
  const shuffles = Array.from({ length: 8 }, (_, i) => [...moves.slice(i * 5), ...moves.slice(0, i * 5)]);
  const answers = await Promise.all(shuffles.map((some, i) => movePointers(pools[i % 2] as Sql, some)));
  expect(answers.flat().filter((m) => m.read)).toHaveLength(moves.length);
});

test("nothing moves in a conversation that was deleted", async () => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sendOne(sql, a, id);
  await sql`update conversations set status = 'DELETED' where id = ${id}`;
  expect(await movePointers(sql, [{ conversationId: id, userId: b, seq: 1, read: true }])).toEqual([]);
});

test("in a direct conversation the other one is told", async () => {
  const [a, b] = users as [string, string];
  const id = await addDirect(sql, a, b);
  const { id: messageId } = await sendOne(sql, a, id);
  const moved = await movePointers(sql, [{ conversationId: id, userId: b, seq: 9, read: true }]);
  expect(moved.find((m) => m.read)).toMatchObject({
    seq: 1,
    messageId,
    senders: [a],
    directLow: a,
    directHigh: b,
  });
});
