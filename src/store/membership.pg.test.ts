import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addGroup, addUsers, draftOf, openPools, sendOne } from "../messaging/testing-world.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import type { Sql } from "./client.ts";
import { findAccess, readConversations, readRooms } from "./conversations.ts";
import { findMessage } from "./messages.ts";
import { addParticipants, endParticipation, readMembership } from "./participants.ts";
import { locateMessage } from "./pointers.ts";
import { sendMessages } from "./send-messages.ts";
import { readDeltas } from "./sync.ts";
import { readChangesSince } from "./timed-sync.ts";

const deltaLimits = { conversations: 50, rows: 101, receiptsOf: 100, receipts: 100 };

const database = await testDatabase();
const pools = openPools(database.url, 2);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
beforeAll(async () => {
  users = await addUsers(sql, 4);
});

const change = fc.record({
  what: fc.constantFrom("add", "add", "LEFT", "REMOVED", "BANNED", "send"),
  user: fc.integer({ min: 1, max: 3 }),
});

test("members come and go at once, while others write: each change has the next members_version, and the last word stands", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 20 }), async (changes) => {
      const owner = users[0] as string;
      const id = await addGroup(sql, [owner]);
      const made = await Promise.all(
        changes.map(async ({ what, user }, i) => {
          const db = pools[i % 2] as Sql;
          const userId = users[user] as string;
          if (what === "send") {
            const [result] = await sendMessages(db, [draftOf(userId, id)]);
            expect(["sent", "unknown_conversation"]).toContain(result?.verdict);
            return undefined;
          }
          if (what === "add") {
            const added = await addParticipants(db, id, owner, [userId]);
            return added.userIds.length > 0 ? { version: added.membersVersion, userId, in: true } : undefined;
          }
          const status = what as "LEFT" | "REMOVED" | "BANNED";
          const ended = await endParticipation(db, { conversationId: id, actorId: owner, userId, status });
          return ended && { version: ended.membersVersion, userId, in: false };
        }),
      );
      const real = made.filter((m) => m !== undefined).sort((x, y) => x.version - y.version);
      expect(real.map(({ version }) => version)).toEqual(real.map((_, index) => index + 2));
      const members = new Set([owner]);
      for (const m of real)
        if (m.in) members.add(m.userId);
        else members.delete(m.userId);
      const now = await readMembership(sql, id, users);
      expect(now).toEqual({ membersVersion: 1 + real.length, userIds: expect.any(Array) });
      expect(new Set(now.userIds)).toEqual(members);
      const [head] = await sql`select seq from conversations where id = ${id}`;
      expect(await sql`select from messages where conversation_id = ${id}`).toHaveLength(head?.seq);
    }),
    { numRuns: 30, endOnFailure: true },
  );
}, 60_000);

test.each(["LEFT", "REMOVED", "BANNED"] as const)(
  "who has %s sees nothing of it on any path",
  async (status) => {
    const [a, b] = users as [string, string];
    const id = await addGroup(sql, [a, b]);
    const { id: messageId } = await sendOne(sql, a, id);
    const seen = async () => ({
      access: await findAccess(sql, id, b),
      message: await findMessage(sql, messageId, b),
      place: await locateMessage(sql, messageId, b),
      rooms: (await readRooms(sql, b)).filter((room) => room.id === id),
      list: (await readConversations(sql, b, { limit: 100 })).filter((c) => c.id === id),
      deltas: (await readDeltas(sql, b, { [id]: 0 }, deltaLimits)).filter((delta) => delta.id === id),
      timed: (await readChangesSince(sql, b, new Date(0).toISOString(), 500)).filter(
        (m) => m.conversationId === id,
      ),
    });
    const before = await seen();
    for (const [path, value] of Object.entries(before))
      expect(value, path).not.toEqual(Array.isArray(value) ? [] : undefined);
    await endParticipation(sql, { conversationId: id, actorId: a, userId: b, status });
    expect(await seen()).toEqual({
      access: undefined,
      message: undefined,
      place: undefined,
      rooms: [],
      list: [],
      deltas: [],
      timed: [],
    });
    expect((await sendMessages(sql, [draftOf(b, id)]))[0]?.verdict).toBe("unknown_conversation");
    const again = await addParticipants(sql, id, a, [b]);
    expect(again.userIds).toEqual(status === "BANNED" ? [] : [b]);
  },
);

test("who is added starts with everything before read, and may look back", async () => {
  const [a, b, c] = users as [string, string, string];
  const id = await addGroup(sql, [a, b]);
  for (let i = 0; i < 3; i++) await sendOne(sql, a, id);
  await addParticipants(sql, id, a, [c]);
  await sendOne(sql, a, id);
  const [mine] = await readConversations(sql, c, { ids: [id], limit: 1 });
  expect(mine).toMatchObject({ unread: 1, seq: 4 });
  const deltas = await readDeltas(sql, c, { [id]: 0 }, deltaLimits);
  expect(deltas.find((delta) => delta.id === id)?.rows).toHaveLength(4);
});

test("an unknown user among those to be added: nobody is", async () => {
  const [a, b, c] = users as [string, string, string];
  const id = await addGroup(sql, [a, b]);
  expect(await addParticipants(sql, id, a, [c, "nobody"])).toEqual({
    membersVersion: 0,
    userIds: [],
    missing: ["nobody"],
  });
  expect((await readMembership(sql, id, [c])).userIds).toEqual([]);
});
