import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Message } from "../protocol/message.ts";
import type { SyncResponse } from "../protocol/sync.ts";
import { changeReaction, deleteMessage, editMessage } from "../store/change-message.ts";
import type { Sql } from "../store/client.ts";
import { endParticipation } from "../store/participants.ts";
import { movePointers } from "../store/pointers.ts";
import { sendMessages } from "../store/send-messages.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { sync } from "./sync.ts";
import { addDirect, addGroup, addUsers, draftOf, openPools, sendOne } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url);
const [sql] = pools as unknown as [Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let users: string[];
beforeAll(async () => {
  users = await addUsers(sql, 3);
});

/** What a client holds: messages by conversation and id, and its version of each. */
interface Held {
  versions: Record<string, number>;
  messages: Map<string, Map<string, Message>>;
}
const nothing = (): Held => ({ versions: {}, messages: new Map() });

/** One answer taken in, as the contract tells a client to. @returns whether there is more to ask for. */
function take(held: Held, answer: SyncResponse): boolean {
  for (const id of answer.left) {
    delete held.versions[id];
    held.messages.delete(id);
  }
  for (const { id, version, limited, cursor, messages } of answer.conversations) {
    const mine = held.messages.get(id) ?? new Map<string, Message>();
    held.messages.set(id, mine);
    let last = held.versions[id] ?? 0;
    for (const message of messages) {
      expect(message.version).toBeGreaterThan(last); // in order of version, and only what changed
      last = message.version;
      mine.set(message.id, message);
    }
    expect(version).toBeGreaterThanOrEqual(last);
    held.versions[id] = limited ? (cursor as number) : version;
  }
  return answer.conversations.some(({ limited }) => limited);
}

async function catchUp(held: Held, userId: string): Promise<number> {
  for (let round = 1; round <= 50; round++)
    if (!take(held, await sync({ sql }, userId, { conversations: held.versions }))) return round;
  throw new Error("never done");
}

/** A message without what comes from pointers, which no version counts. */
function contentOf(held: Held) {
  return [...held.messages]
    .map(([id, messages]) => ({
      id,
      version: held.versions[id],
      messages: [...messages.values()].map(({ status: _, ...rest }) => rest).sort((x, y) => x.seq - y.seq),
    }))
    .sort((x, y) => (x.id < y.id ? -1 : 1));
}

const step = fc.record({
  what: fc.constantFrom("send", "send", "send", "edit", "delete", "react", "unreact", "read"),
  place: fc.nat({ max: 1 }),
  user: fc.nat({ max: 1 }),
  which: fc.nat(),
  sync: fc.integer({ min: 0, max: 3 }),
});

test("a client that asks now and then holds what a fresh client gets, whatever happened in between", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
      const [a, b] = (await addUsers(sql, 2)) as [string, string];
      const places = [await addDirect(sql, a, b), await addGroup(sql, [a, b])];
      const sent: string[][] = [[], []];
      const held = nothing();
      for (const s of steps) {
        const userId = s.user === 0 ? a : b;
        const id = places[s.place] as string;
        const mine = sent[s.place] as string[];
        const messageId = mine[s.which % Math.max(1, mine.length)];
        if (s.what === "send") mine.push((await sendOne(sql, userId, id, { content: `m${s.which}` })).id);
        else if (messageId === undefined) continue;
        else if (s.what === "edit")
          await editMessage(sql, { messageId, userId, content: `e${s.which}`, metadata: null });
        else if (s.what === "delete") await deleteMessage(sql, { messageId, userId });
        else if (s.what === "read")
          await movePointers(sql, [{ conversationId: id, userId, seq: mine.length, read: true }]);
        else
          await changeReaction(sql, { messageId, userId, emoji: "👍", add: s.what === "react", maxKinds: 9 });
        if (s.sync === 0) await catchUp(held, b);
      }
      await catchUp(held, b);
      const fresh = nothing();
      await catchUp(fresh, b);
      expect(contentOf(held)).toEqual(contentOf(fresh));
      const heads =
        await sql`select id, version, seq from conversations where id = any(${places}::uuid[]) order by id`;
      expect(
        contentOf(held).map(({ id, version, messages }) => ({ id, version, seq: messages.length })),
      ).toEqual([...heads]);
    }),
    { numRuns: 25, endOnFailure: true },
  );
}, 60_000);

test("more than one answer holds is `limited`, with a cursor that leads to all of it", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const ids: string[] = [];
  for (let i = 0; i < 60; i++) ids.push(await addGroup(sql, [a, b]));
  const [first] = ids as [string];
  await sendMessages(sql, [
    ...Array.from({ length: 250 }, (_, i) => draftOf(a, first, { content: `m${i}` })),
    ...ids.slice(1).map((id) => draftOf(a, id)),
  ]);
  const held = nothing();
  const answer = await sync({ sql }, b, { conversations: {} });
  expect(answer.joined.toSorted()).toEqual(ids.toSorted());
  expect(take(held, answer)).toBe(true);
  expect(await catchUp(held, b)).toBeLessThanOrEqual(4);
  expect(held.messages.get(first)?.size).toBe(250);
  expect([...held.messages.values()].every((messages) => messages.size > 0)).toBe(true);
  expect(held.messages.size).toBe(60);
  // Nothing more to come, and it is said in few words.
  const idle = await sync({ sql }, b, { conversations: held.versions });
  expect(idle.joined).toEqual([]);
  expect(idle.conversations.every(({ messages, limited }) => messages.length === 0 && !limited)).toBe(true);
});

test("changes that come while a client reads the pages are not missed", async () => {
  const [a, b] = (await addUsers(sql, 2)) as [string, string];
  const id = await addGroup(sql, [a, b]);
  const drafts = Array.from({ length: 230 }, (_, i) => draftOf(a, id, { content: `m${i}` }));
  await sendMessages(sql, drafts);
  const held = nothing();
  for (let page = 0; page < 10; page++) {
    const more = take(held, await sync({ sql }, b, { conversations: held.versions }));
    // An early message moves to the end, behind the cursor's page.
    if (page < 3)
      await editMessage(sql, {
        messageId: drafts[page]!.id,
        userId: a,
        content: `late ${page}`,
        metadata: null,
      });
    else if (!more) break;
  }
  const fresh = nothing();
  await catchUp(fresh, b);
  expect(contentOf(held)).toEqual(contentOf(fresh));
});

test("who is out is told to drop the conversation, and gets nothing of it however they ask", async () => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sendOne(sql, a, id);
  await endParticipation(sql, { conversationId: id, actorId: a, userId: b, status: "REMOVED" });
  for (const conversations of [{}, { [id]: 0 }, { [id]: 1 }] as Record<string, number>[]) {
    const answer = await sync({ sql }, b, { conversations });
    expect(answer.conversations.map((c) => c.id)).not.toContain(id);
    expect(answer.left).toEqual(Object.keys(conversations));
    expect(answer.joined).not.toContain(id);
  }
});

test("a version that a client cannot have, from before a restore say, is answered with the real one", async () => {
  const [a, b] = users as [string, string];
  const id = await addGroup(sql, [a, b]);
  await sendOne(sql, a, id);
  const answer = await sync({ sql }, b, { conversations: { [id]: 1_000_000 } });
  const found = answer.conversations.find((c) => c.id === id);
  if (found) expect(found).toMatchObject({ version: 1, messages: [] });
});
