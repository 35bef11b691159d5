/**
 * The number on the icon is what is unread, whatever was sent, read and deleted meanwhile, in whichever order the
 * worker saw it. PUSH_SCHEDULES says how many schedules (1,000 for the whole proof).
 */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDirect, addGroup, addUsers, sendOne } from "../messaging/testing-world.ts";
import { deleteMessage } from "../store/change-message.ts";
import { readConversations } from "../store/conversations.ts";
import { movePointers } from "../store/pointers.ts";
import { type PushStage, startPushStage } from "../testing/fcm/push-stage.ts";

const SCHEDULES = Number(process.env.PUSH_SCHEDULES ?? 100);
/** Schedules that run side by side, each with people of its own. */
const TOGETHER = 50;

/** Who does what: the reader has two devices, a direct conversation (0) and a group (1) with two others. */
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send"), by: fc.nat(2), where: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("read"), back: fc.nat(2), where: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("delete"), which: fc.nat(20) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("look") }) },
);
type Step = { do: string; by?: number; where?: number; back?: number; which?: number };
const schedule: fc.Arbitrary<Step[]> = fc.array(step, { minLength: 3, maxLength: 14 });

let stage: PushStage;
beforeAll(async () => {
  stage = await startPushStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

async function createPeople() {
  const people = (await addUsers(stage.sql, 3)) as [string, string, string];
  const [reader, friend, other] = people;
  const conversations = [
    await addDirect(stage.sql, reader, friend),
    await addGroup(stage.sql, [reader, friend, other]),
  ];
  const tokens = [
    await stage.device(reader, "phone"),
    await stage.device(reader, "tablet", { platform: "ios" }),
  ];
  const sent: { id: string; by: string; where: number; seq: number }[] = [];
  return {
    reader,
    tokens,
    sent,
    async act(todo: Step): Promise<void> {
      const where = todo.where ?? 0;
      const conversationId = conversations[where] ?? "";
      if (todo.do === "send") {
        const by = people[where === 0 ? (todo.by ?? 0) % 2 : (todo.by ?? 0)] ?? reader;
        const { id, seq } = await sendOne(stage.sql, by, conversationId);
        sent.push({ id, by, where, seq });
      } else if (todo.do === "read") {
        const last = sent.findLast((message) => message.where === where);
        const seq = (last?.seq ?? 0) - (todo.back ?? 0);
        if (seq > 0) await movePointers(stage.sql, [{ conversationId, userId: reader, seq, read: true }]);
      } else if (todo.do === "delete") {
        const message = sent[(todo.which ?? 0) % Math.max(1, sent.length)];
        if (message) await deleteMessage(stage.sql, { messageId: message.id, userId: message.by });
      }
    },
  };
}

/** In the end every device shows what is unread, and no notification of what is not. */
async function check({ reader, tokens, sent }: Awaited<ReturnType<typeof createPeople>>): Promise<void> {
  const rows = await readConversations(stage.sql, reader, { limit: 10 });
  const unread = rows.reduce((sum, row) => sum + row.unread, 0);
  const open = await stage.sql<{ id: string }[]>`
    select m.id from messages m
    join participants p on p.conversation_id = m.conversation_id and p.user_id = ${reader} and p.read_seq < m.seq
    where m.conversation_id = any(${rows.map((row) => row.id)}::uuid[]) and m.deleted_at is null
      and m.id = any(${sent.map((message) => message.id)}::uuid[])`;
  const ids = new Set(open.map((row) => row.id));
  for (const token of tokens) {
    const screen = stage.screen(token);
    expect(screen.badge ?? 0).toBe(unread);
    for (const { messageId } of screen.notifications.values()) expect(ids).toContain(messageId);
    const told = screen.received
      .filter((entry) => entry.visible)
      .map((entry) => entry.message.data?.messageId);
    expect(new Set(told).size).toBe(told.length);
  }
}

test(`the badge is what is unread, in ${SCHEDULES} schedules on two devices`, {
  timeout: 900_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(schedule, { minLength: TOGETHER, maxLength: TOGETHER }), async (schedules) => {
      const world = await Promise.all(schedules.map(createPeople));
      const longest = Math.max(...schedules.map((steps) => steps.length));
      for (let at = 0; at < longest; at++) {
        await Promise.all(
          world.map(async (people, i) => {
            const todo = schedules[i]?.[at];
            if (todo) await people.act(todo);
          }),
        );
        // Looks fall between the steps, and in the middle of others' steps.
        if (schedules.some((steps) => steps[at]?.do === "look") && at % 2 === 1) await stage.tick();
      }
      await stage.tick();
      for (const people of world) await check(people);
    }),
    { numRuns: Math.ceil(SCHEDULES / TOGETHER), endOnFailure: true },
  );
});
