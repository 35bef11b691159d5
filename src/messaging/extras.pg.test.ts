import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Delivery } from "../bus/delivery.ts";
import type { MessageUpdated, NewMessage } from "../protocol/message.ts";
import type { Sql } from "../store/client.ts";
import { findMessage } from "../store/messages.ts";
import { sendMessages } from "../store/send-messages.ts";
import { testDatabase } from "../testing/pg/test-database.ts";
import { deleteMessage, editMessage } from "./change-message.ts";
import { createDirects } from "./directs.ts";
import { createMessageSender } from "./send-message.ts";
import { createSendWriter } from "./send-writer.ts";
import { addGroup, addUsers, draftOf, openPools, sendOne } from "./testing-world.ts";

const database = await testDatabase();
const pools = openPools(database.url, 2);
const [sql, other] = pools as unknown as [Sql, Sql];
afterAll(async () => {
  await pools[Symbol.asyncDispose]();
  await database[Symbol.asyncDispose]();
});

let ann: string;
let bob: string;
let eve: string;
let group: string;
const delivered: Delivery[] = [];
const deliver = (delivery: Delivery) => void delivered.push(delivery);
const changes = { sql, deliver, maxLength: 10_000, previews: true };
const sender = createMessageSender({
  ...changes,
  writer: createSendWriter(sql, { interval: 0 }),
  limit: () => undefined,
  directs: createDirects(sql),
});
beforeAll(async () => {
  [ann, bob, eve] = (await addUsers(sql, 3)) as [string, string, string];
  await sql`update users set name = 'Bob de Vries' where id = ${bob}`;
  group = await addGroup(sql, [ann, bob]);
});
beforeEach(() => {
  delivered.length = 0;
});

async function send(userId: string, input: Partial<NewMessage>) {
  const actor = { userId, socketId: "s1" };
  const whole = { content: "hi", type: "TEXT" as const, isEncrypted: false, ...input };
  const { draft } = await sender.prepare(actor, whole);
  return sender.commit(actor, draft);
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function addFile(uploader: string, state = "READY"): Promise<string> {
  const id = randomUUID();
  await sql`insert into attachments (id, uploader_id, name, type, size, width, height, state)
    values (${id}, ${uploader}, 'cat.png', 'image/png', 123, 4, 3, ${state})`;
  return id;
}

describe("threads", () => {
  test("a reply takes a version and its root the next one, with how many replies there are", async () => {
    const root = await send(ann, { conversationId: group, content: "root" });
    delivered.length = 0;
    const reply = await send(bob, { conversationId: group, threadId: root.message.id, type: "THREAD" });
    await turn();
    expect(reply.sent.version).toBe(root.sent.version + 1);
    const updated = delivered[1]?.payload as MessageUpdated;
    expect(delivered[1]?.event).toBe("MESSAGE_UPDATED");
    expect(delivered[1]?.except).toBeUndefined();
    expect(updated).toEqual({
      id: root.message.id,
      conversationId: group,
      version: reply.sent.version + 1,
      thread: { count: 1, lastSeq: reply.sent.seq, lastReplyAt: reply.sent.timestamp },
      timestamp: reply.sent.timestamp,
    });
    const row = await findMessage(sql, root.message.id, ann);
    expect(row).toMatchObject({ version: updated.version, thread: updated.thread });
    const next = await send(ann, { conversationId: group });
    expect(next.sent.version).toBe(updated.version + 1);
  });

  test("any mix of messages and replies, written together: versions without gaps, counts as many as replies", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.constantFrom("plain", "first", "second"), { minLength: 1, maxLength: 8 }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (batches) => {
          const place = await addGroup(sql, [ann, bob]);
          const first = await sendOne(sql, ann, place);
          const second = await sendOne(sql, bob, place);
          const roots: Record<string, string> = { first: first.id, second: second.id };
          const steps: number[] = [first.version, second.version];
          const counts: Record<string, number> = { first: 0, second: 0 };
          const written = await Promise.all(
            batches.map((kinds, i) =>
              sendMessages(
                i % 2 ? sql : other,
                kinds.map((kind) => draftOf(ann, place, { threadId: roots[kind] ?? null })),
              ),
            ),
          );
          for (const [i, results] of written.entries())
            for (const [n, result] of results.entries()) {
              expect(result.verdict).toBe("sent");
              steps.push(result.version);
              if (result.rootVersion == null) continue;
              steps.push(result.rootVersion);
              counts[batches[i]?.[n] as string]! += 1;
            }
          steps.sort((a, b) => a - b);
          expect(steps).toEqual(steps.map((_, i) => i + 1));
          const [c] = await sql`select version from conversations where id = ${place}`;
          expect(c?.version).toBe(steps.length);
          for (const [name, id] of Object.entries(roots)) {
            const row = await findMessage(sql, id, ann);
            expect(row?.thread?.count ?? 0).toBe(counts[name]);
          }
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("mentions", () => {
  test.each([
    ["a name without its spaces", "@BobDeVries", "BobDeVries"],
    ["a name with dots", "@bob.de.vries", "bob.de.vries"],
    ["a name with underscores", "@Bob_de_Vries", "Bob_de_Vries"],
  ])("%s means the participant", async (_, content, text) => {
    const { message } = await send(ann, { conversationId: group, content: `hi ${content}!` });
    expect(message.metadata).toMatchObject({ mentions: [text], mentioned: [{ text, userId: bob }] });
    expect((await findMessage(sql, message.id, ann))?.metadata).toEqual(message.metadata);
  });

  test("an id means the participant, and nobody who is not there is meant", async () => {
    const { message } = await send(ann, { conversationId: group, content: `@${bob} @${eve} @nobody` });
    expect(message.metadata.mentions).toEqual([bob, eve, "nobody"]);
    expect(message.metadata.mentioned).toEqual([{ text: bob, userId: bob }]);
    const none = await send(ann, { conversationId: group, content: "@nobody" });
    expect(none.message.metadata).toEqual({ mentions: ["nobody"], hashtags: [], urls: [] });
  });

  test("an edit says whom it mentions now, live and stored", async () => {
    const { message } = await send(ann, { conversationId: group, content: "@nobody" });
    const input = { messageId: message.id, content: "@bobdevries #x" };
    const edited = await editMessage(changes, { userId: ann }, input);
    expect(edited.metadata).toEqual({
      mentions: ["bobdevries"],
      hashtags: ["x"],
      urls: [],
      mentioned: [{ text: "bobdevries", userId: bob }],
    });
    expect((await findMessage(sql, message.id, ann))?.metadata).toEqual(edited.metadata);
    const again = await editMessage(changes, { userId: ann }, input);
    expect(again).toEqual({ ...edited, duplicate: true });
  });
});

describe("attachments of messages", () => {
  test("go with the message in the order given, once each; the text may be empty", async () => {
    const [one, two] = [await addFile(ann), await addFile(ann)];
    const input = { conversationId: group, content: "", attachmentIds: [two, one, two] };
    const { message } = await send(ann, input);
    const file = { name: "cat.png", type: "image/png", size: 123, width: 4, height: 3 };
    expect(message.attachments).toEqual([
      { id: two, ...file },
      { id: one, ...file },
    ]);
    expect((await findMessage(sql, message.id, bob))?.attachments).toEqual(message.attachments);
    expect(delivered[0]?.payload).toMatchObject({ attachments: message.attachments });
  });

  test("a repeat with other files is CONFLICT, with the same the first message", async () => {
    const [one, two] = [await addFile(ann), await addFile(ann)];
    const first = await send(ann, { conversationId: group, tempId: "files", attachmentIds: [one] });
    const again = await send(ann, { conversationId: group, tempId: "files", attachmentIds: [one] });
    expect(again.sent).toEqual({ ...first.sent, duplicate: true });
    const conflict = send(ann, { conversationId: group, tempId: "files", attachmentIds: [two] });
    await expect(conflict).rejects.toMatchObject({ code: "CONFLICT" });
  });

  test.each([
    ["that nobody uploaded", async () => randomUUID()],
    ["that somebody else uploaded", () => addFile(bob)],
    ["that is not all there yet", () => addFile(ann, "UPLOADING")],
    ["that was given up", () => addFile(ann, "GONE")],
  ])("a file %s is NOT_FOUND, and nothing is sent", async (_, file) => {
    const attachmentIds = [await addFile(ann), await file()];
    await expect(send(ann, { conversationId: group, attachmentIds })).rejects.toMatchObject({
      code: "NOT_FOUND",
      field: "attachmentIds",
    });
    expect(delivered).toEqual([]);
  });

  test("who got a file may pass it on, and no longer when its message is deleted", async () => {
    const file = await addFile(ann);
    const elsewhere = await addGroup(sql, [bob, eve]);
    const { message } = await send(ann, { conversationId: group, attachmentIds: [file] });
    const pass = () => send(bob, { conversationId: elsewhere, attachmentIds: [file] });
    const passed = (await pass()).message;
    expect(passed.attachments).toEqual(message.attachments);
    const [forwarded] = await sender.forward({ userId: bob }, message.id, [elsewhere]);
    expect(forwarded).toMatchObject({ type: "FORWARD", attachments: message.attachments });
    for (const { id, senderId } of [message, passed, forwarded as typeof passed])
      await deleteMessage(changes, { userId: senderId }, { messageId: id });
    await expect(pass()).rejects.toMatchObject({ code: "NOT_FOUND" });
    const [row] = await sql`select check_at is not null as due from attachments where id = ${file}`;
    expect(row?.due).toBe(true);
  });

  test("who may not upload files may not attach any", async () => {
    const place = await addGroup(sql, [bob, ann]);
    await sql`update participants set permissions = '{"canUploadFiles": false}' where conversation_id = ${place} and user_id = ${ann}`;
    const attachmentIds = [await addFile(ann)];
    await expect(send(ann, { conversationId: place, attachmentIds })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
  });
});

test("a message with links, mentions, files and a thread is one statement", async () => {
  const root = await send(ann, { conversationId: group });
  const attachmentIds = [await addFile(ann)];
  const calls = async () =>
    (
      await other`select coalesce(sum(calls), 0)::int as n from pg_stat_statements s join pg_database d on d.oid = s.dbid
        where d.datname = current_database() and query not like '%pg_stat_statements%'`
    )[0]?.n as number;
  const before = await calls();
  await send(ann, {
    conversationId: group,
    content: "@BobDeVries see https://a.example/x",
    threadId: root.message.id,
    attachmentIds,
  });
  expect((await calls()) - before).toBe(1);
  const due = await sql`select from preview_due where conversation_id = ${group}`;
  expect(due.count).toBe(1);
});
