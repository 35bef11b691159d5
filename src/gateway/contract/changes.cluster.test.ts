import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Account } from "../../testing/client/account.ts";
import type { TestClient } from "../../testing/client/connect.ts";
import {
  DELETED_CONTENT,
  type MessageDeleted,
  type MessageEdited,
  type MessageSent,
  type ReactionChanged,
  type WireMessage,
} from "../../testing/client/wire.ts";
import { mentionsOf, stage } from "../../testing/contract/stage.ts";

const on = stage();
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
let sql: postgres.Sql;

beforeAll(() => {
  sql = postgres(on.platform.databaseUrl, { max: 1, onnotice: () => {} });
});
afterAll(() => sql?.end({ timeout: 5 }));

interface Scene {
  alice: Account;
  bob: Account;
  eve: Account;
  /** Alice's on gateway 0 and 1, Bob's on gateway 1, and a stranger's. */
  a: TestClient;
  a2: TestClient;
  b: TestClient;
  e: TestClient;
  sent: MessageSent;
}

/** Alice has written "first words" to Bob. */
async function scene(): Promise<Scene> {
  const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
  const [a, a2, b, e] = await Promise.all([
    on.device(alice, 0),
    on.device(alice, 1),
    on.device(bob, 1),
    on.device(eve, 0),
  ]);
  const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "first words" });
  return { alice, bob, eve, a, a2, b, e, sent };
}

async function row(account: Account, messageId: string, conversationId: string): Promise<WireMessage> {
  const page = await on.rest(account, 1).get<WireMessage[]>(`/messages/conversation/${conversationId}`);
  return page.body.find(({ id }) => id === messageId)!;
}

describe("EDIT_MESSAGE", () => {
  test("is answered and told to every other device by MESSAGE_EDITED; the earlier content is kept", async () => {
    const { bob, a, a2, b, sent } = await scene();
    const messageId = sent.dbMessageId;
    const edited = await a.must<MessageEdited>("EDIT_MESSAGE", { messageId, content: "second #thoughts" });
    expect(edited).toEqual({
      id: messageId,
      conversationId: sent.conversationId,
      version: 2,
      content: "second #thoughts",
      metadata: { mentions: [], hashtags: ["thoughts"], urls: [] },
      isEdited: true,
      editedAt: expect.stringMatching(isoTime),
      timestamp: expect.stringMatching(isoTime),
    });
    for (const device of [a2, b]) expect(await device.events.next("MESSAGE_EDITED")).toEqual(edited);
    expect(await row(bob, messageId, sent.conversationId)).toMatchObject({
      content: "second #thoughts",
      isEdited: true,
      editedAt: edited.editedAt,
      version: 2,
      seq: 1,
      timestamp: sent.timestamp,
      metadata: { hashtags: ["thoughts"] },
    });
    const versions = await on.rest(bob).get(`/messages/${messageId}/history`);
    expect(versions.body).toMatchObject([
      { content: "first words", version: 1 },
      { content: "second #thoughts", version: 2 },
    ]);
  });

  test("without a callback is answered by the event MESSAGE_EDITED, once", async () => {
    const { alice, a, sent } = await scene();
    a.socket.emit("EDIT_MESSAGE", { messageId: sent.dbMessageId, content: "by event" });
    expect(await a.events.next("MESSAGE_EDITED")).toMatchObject({ content: "by event", version: 2 });
    await on.settled({ account: alice, client: a });
    expect(a.events.all("MESSAGE_EDITED")).toHaveLength(1);
  });

  test("by the other participant is FORBIDDEN, by a stranger NOT_FOUND, as is a message that does not exist", async () => {
    const { bob, b, e, eve, sent } = await scene();
    const edit = { messageId: sent.dbMessageId, content: "not mine" };
    expect(await b.emit("EDIT_MESSAGE", edit)).toMatchObject({ ok: false, error: { code: "FORBIDDEN" } });
    expect(await e.emit("EDIT_MESSAGE", edit)).toMatchObject({ ok: false, error: { code: "NOT_FOUND" } });
    const nowhere = { messageId: crypto.randomUUID(), content: "x" };
    expect(await b.emit("EDIT_MESSAGE", nowhere)).toMatchObject({ error: { code: "NOT_FOUND" } });
    expect(await b.emit("EDIT_MESSAGE", { ...edit, messageId: "1' or 1=1" })).toMatchObject({
      error: { code: "VALIDATION_FAILED", field: "messageId" },
    });
    expect(await row(bob, sent.dbMessageId, sent.conversationId)).toMatchObject({
      content: "first words",
      version: 1,
    });
    expect((await on.rest(eve).get(`/messages/${sent.dbMessageId}/history`)).status).toBe(404);
  });
});

describe("DELETE_MESSAGE", () => {
  test("replaces the content for everybody and leaves an audit row and the kept versions", async () => {
    const { alice, bob, a, a2, b, sent } = await scene();
    const messageId = sent.dbMessageId;
    await b.must("ADD_REACTION", { messageId, emoji: "🙈" });
    const deleted = await a.must<MessageDeleted>("DELETE_MESSAGE", { messageId });
    expect(deleted).toEqual({
      id: messageId,
      conversationId: sent.conversationId,
      version: 3,
      deletedAt: expect.stringMatching(isoTime),
      content: DELETED_CONTENT,
      timestamp: expect.stringMatching(isoTime),
    });
    for (const device of [a2, b]) expect(await device.events.next("MESSAGE_DELETED")).toEqual(deleted);
    const seen = await row(bob, messageId, sent.conversationId);
    expect(seen).toMatchObject({
      content: DELETED_CONTENT,
      deletedAt: deleted.deletedAt,
      version: 3,
      seq: 1,
      reactions: [],
    });
    expect(JSON.stringify(seen)).not.toContain("first words");
    const audit = await sql`select actor_id, subject_id, action from audit where message_id = ${messageId}`;
    expect([...audit]).toEqual([{ actor_id: alice.id, subject_id: alice.id, action: "message.deleted" }]);
    const kept =
      await sql`select content from message_versions where conversation_id = ${sent.conversationId}`;
    expect(kept.map(({ content }) => content)).toContain("first words");
  });

  test("again changes nothing; a deleted message takes neither edit nor reaction", async () => {
    const { b, a, bob, sent } = await scene();
    const messageId = sent.dbMessageId;
    const first = await a.must<MessageDeleted>("DELETE_MESSAGE", { messageId });
    expect(await a.must("DELETE_MESSAGE", { messageId })).toEqual({ ...first, duplicate: true });
    expect(await a.emit("EDIT_MESSAGE", { messageId, content: "back" })).toMatchObject({
      error: { code: "CONFLICT" },
    });
    expect(await b.emit("ADD_REACTION", { messageId, emoji: "👍" })).toMatchObject({
      error: { code: "CONFLICT" },
    });
    await on.settled({ account: bob, client: b });
    expect(b.events.all("MESSAGE_DELETED")).toHaveLength(1);
  });

  test("by the other participant is FORBIDDEN, by a stranger NOT_FOUND, and both see nothing of it", async () => {
    const { eve, bob, b, e, sent } = await scene();
    const messageId = sent.dbMessageId;
    expect(await b.emit("DELETE_MESSAGE", { messageId })).toMatchObject({ error: { code: "FORBIDDEN" } });
    expect(await e.emit("DELETE_MESSAGE", { messageId })).toMatchObject({ error: { code: "NOT_FOUND" } });
    await on.settled({ account: bob, client: b }, { account: eve, client: e });
    expect(b.events.all("MESSAGE_DELETED")).toEqual([]);
    expect(mentionsOf(e, sent.conversationId)).toEqual([]);
  });

  test("in a group is also a moderator's right, and audited with both names; not a member's", async () => {
    const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
    const group = await on.group(alice, bob, carol);
    const [a, b, c] = [await on.device(alice), await on.device(bob, 1), await on.device(carol, 1)];
    const sent = await b.must<MessageSent>("NEW_MESSAGE", { conversationId: group, content: "rude" });
    const messageId = sent.dbMessageId;
    expect(await c.emit("DELETE_MESSAGE", { messageId })).toMatchObject({ error: { code: "FORBIDDEN" } });
    await a.must("DELETE_MESSAGE", { messageId });
    for (const device of [b, c])
      expect(await device.events.next("MESSAGE_DELETED")).toMatchObject({ id: messageId });
    const audit = await sql`select actor_id, subject_id from audit where message_id = ${messageId}`;
    expect([...audit]).toEqual([{ actor_id: alice.id, subject_id: bob.id }]);
  });
});

describe("ADD_REACTION and REMOVE_REACTION", () => {
  test("count over all users, are told to every other device, and are idempotent", async () => {
    const { alice, bob, a, a2, b, sent } = await scene();
    const reaction = { messageId: sent.dbMessageId, emoji: "🎉" };
    const first = await b.must<ReactionChanged>("ADD_REACTION", reaction);
    expect(first).toEqual({
      ...reaction,
      conversationId: sent.conversationId,
      version: 2,
      userId: bob.id,
      count: 1,
    });
    expect(await b.must("ADD_REACTION", reaction)).toMatchObject({ count: 1, version: 2 });
    expect(await a.must("ADD_REACTION", reaction)).toMatchObject({ count: 2, version: 3, userId: alice.id });
    for (const device of [a, a2]) expect(await device.events.next("REACTION_ADDED")).toEqual(first);
    expect((await row(alice, sent.dbMessageId, sent.conversationId)).reactions).toEqual([
      { emoji: "🎉", count: 2, userIds: [bob.id, alice.id] },
    ]);
    expect(await b.must("REMOVE_REACTION", reaction)).toMatchObject({ count: 1, version: 4 });
    expect(await b.must("REMOVE_REACTION", reaction)).toMatchObject({ count: 1, version: 4 });
    expect(await a2.events.next("REACTION_REMOVED")).toMatchObject({ userId: bob.id, count: 1, version: 4 });
    expect(await a.must("REMOVE_REACTION", reaction)).toMatchObject({ count: 0, version: 5 });
    expect((await row(alice, sent.dbMessageId, sent.conversationId)).reactions).toEqual([]);
    await on.settled({ account: alice, client: a2 });
    expect(a2.events.all("REACTION_ADDED")).toHaveLength(2);
    expect(a2.events.all("REACTION_REMOVED")).toHaveLength(2);
  });

  test("of many at once on both gateways are all counted", async () => {
    const [alice, ...others] = await on.people("Alice", "B", "C", "D", "E", "F");
    const group = await on.group(alice, ...others);
    const a = await on.device(alice);
    const { dbMessageId: messageId } = await a.must<MessageSent>("NEW_MESSAGE", {
      conversationId: group,
      content: "vote",
    });
    const devices = await Promise.all(others.map((account, i) => on.device(account, i % 2)));
    const answers = await Promise.all(
      devices.map((device) => device.must<ReactionChanged>("ADD_REACTION", { messageId, emoji: "✅" })),
    );
    expect(answers.map(({ count }) => count).toSorted()).toEqual([1, 2, 3, 4, 5]);
    expect(answers.map(({ version }) => version).toSorted()).toEqual([2, 3, 4, 5, 6]);
    expect((await row(alice, messageId, group)).reactions).toMatchObject([{ emoji: "✅", count: 5 }]);
  });

  test("by a stranger are NOT_FOUND, of something that is no emoji VALIDATION_FAILED", async () => {
    const { b, e, sent } = await scene();
    const messageId = sent.dbMessageId;
    for (const event of ["ADD_REACTION", "REMOVE_REACTION"]) {
      expect(await e.emit(event, { messageId, emoji: "👍" })).toMatchObject({ error: { code: "NOT_FOUND" } });
      for (const emoji of ["", "x".repeat(33), 5])
        expect(await b.emit(event, { messageId, emoji })).toMatchObject({
          error: { code: "VALIDATION_FAILED", field: "emoji" },
        });
    }
  });
});
