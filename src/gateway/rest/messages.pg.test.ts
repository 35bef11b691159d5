import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import * as z from "zod";
import {
  Message,
  MessageDeleted,
  MessageEdited,
  MessageVersion,
  ReactionChanged,
} from "../../protocol/message.ts";
import { type Account, register } from "../../testing/client/account.ts";
import { type Api, api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let app: TestApp;
let ann: Account;
let bob: Account;
let asAnn: Api;
let asBob: Api;
let asEve: Api;
beforeAll(async () => {
  app = await startTestApp(database.url);
  const people = await Promise.all(["Ann", "Bob", "Eve"].map((name) => register(app.url, { name })));
  [ann, bob] = people as [Account, Account];
  [asAnn, asBob, asEve] = people.map((person) => api(app.url, person.token)) as [Api, Api, Api];
});
afterAll(() => app[Symbol.asyncDispose]());
beforeEach(() => {
  app.delivered.length = 0;
});

const send = async (more: object = {}) =>
  (await asAnn.post("/messages", { receiverId: bob.id, content: "Hello", ...more })).body;
const storedMessages = async () => (await app.sql`select count(*)::int as n from messages`)[0]?.n;

describe("POST /messages", () => {
  test("201 with the whole message, stored, and told to others", async () => {
    const tempId = randomUUID();
    const answer = await asAnn.post("/messages", { receiverId: bob.id, content: "Hi @bob #x", tempId });
    expect(answer.status).toBe(201);
    expect(Message.strict().parse(answer.body)).toMatchObject({
      content: "Hi @bob #x",
      senderId: ann.id,
      receiverId: bob.id,
      status: "SENT",
      tempId,
      metadata: { hashtags: ["x"] },
    });
    expect(app.delivered.map(({ event }) => event)).toEqual(["NEW_MESSAGE"]);
    const history = await asBob.get(`/messages/conversation/${answer.body.conversationId}`);
    expect(history.body.at(-1)).toMatchObject({ id: answer.body.id, content: "Hi @bob #x" });
    expect(history.body.at(-1)).not.toHaveProperty("tempId");
  });

  test("a repeat is 200 with the first one's message and told to nobody; another content is CONFLICT", async () => {
    const body = { receiverId: bob.id, content: "Once", tempId: randomUUID() };
    const first = await asAnn.post("/messages", body);
    app.delivered.length = 0;
    const again = await asAnn.post("/messages", body);
    expect(again.status).toBe(200);
    expect(again.body).toMatchObject({ id: first.body.id, seq: first.body.seq, content: "Once" });
    expect(app.delivered).toEqual([]);
    expect(await asAnn.post("/messages", { ...body, content: "Twice" })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT" },
    });
  });

  test.each([
    ["no content", { content: undefined }, 400, "content"],
    ["empty content", { content: "" }, 400, "content"],
    ["blank content", { content: " \n" }, 400, "content"],
    ["10,001 characters", { content: "x".repeat(10_001) }, 400, "content"],
    ["NUL", { content: "a\0b" }, 400, "content"],
    ["half a surrogate pair", { content: "\ud83d" }, 400, "content"],
    ["a number", { content: 5 }, 400, "content"],
    ["an unknown type", { type: "SYSTEM" }, 400, "type"],
    ["neither target", { receiverId: undefined }, 400, "conversationId"],
    ["both targets", { conversationId: randomUUID() }, 400, "conversationId"],
    ["an id that is none", { receiverId: undefined, conversationId: "x" }, 400, "conversationId"],
    [
      "an unknown conversation",
      { receiverId: undefined, conversationId: randomUUID() },
      404,
      "conversationId",
    ],
    ["an unknown user", { receiverId: "nobody" }, 404, "receiverId"],
    ["an unknown message to reply to", { replyToId: randomUUID() }, 404, "replyToId"],
    [
      "a time in no calendar of Postgres",
      { clientTimestamp: "0000-01-01T00:00:00Z" },
      400,
      "clientTimestamp",
    ],
    ["a tempId of 129 characters", { tempId: "x".repeat(129) }, 400, "tempId"],
  ])("%s is refused with its field, and nothing is stored", async (_, wrong, status, field) => {
    const before = await storedMessages();
    const answer = await asAnn.post("/messages", { receiverId: bob.id, content: "Hello", ...wrong });
    expect(answer).toMatchObject({ status, body: { field } });
    expect(await storedMessages()).toBe(before);
    expect(app.delivered).toEqual([]);
  });

  test.each([
    "'; drop table messages; --",
    "<script>alert(1)</script>",
    "😀 \u202e \u0301",
    "x".repeat(10_000),
  ])("%.30s is stored as it is", async (content) => {
    expect((await send({ content })).content).toBe(content);
  });

  test("10,000 characters outside of the basic plane are 10,000 characters", async () => {
    expect((await send({ content: "😀".repeat(10_000) })).seq).toBeGreaterThan(0);
  });

  test("an offset of the clock that Postgres would refuse is understood", async () => {
    const message = await send({ clientTimestamp: "2025-01-01T00:00:00+23:00" });
    expect(message.clientTimestamp).toBe("2024-12-31T01:00:00.000Z");
  });

  test("a conversation of others answers as one that does not exist", async () => {
    const { conversationId } = await send();
    const there = await asEve.post("/messages", { conversationId, content: "x" });
    const nowhere = await asEve.post("/messages", { conversationId: randomUUID(), content: "x" });
    expect(there.status).toBe(404);
    expect(there.body).toEqual(nowhere.body);
  });
});

describe("changing messages", () => {
  test("edit, its versions, reactions, deletion: each as the contract says", async () => {
    const { id, conversationId } = await send();
    const edited = await asAnn.put(`/messages/${id}`, { content: "Hello!" });
    expect(MessageEdited.strict().parse(edited.body)).toMatchObject({
      id,
      content: "Hello!",
      isEdited: true,
    });
    const { body } = await asBob.get(`/messages/${id}/history`);
    const versions = z.array(MessageVersion.strict()).parse(body);
    expect(versions.map(({ content }) => content)).toEqual(["Hello", "Hello!"]);
    const reacted = await asBob.post(`/messages/${id}/reactions`, { emoji: "👍" });
    expect(ReactionChanged.strict().parse(reacted.body)).toMatchObject({
      userId: bob.id,
      emoji: "👍",
      count: 1,
    });
    const unreacted = await asBob.delete(`/messages/${id}/reactions/${encodeURIComponent("👍")}`);
    expect(unreacted.body).toMatchObject({ count: 0, version: reacted.body.version + 1 });
    const deleted = await asAnn.delete(`/messages/${id}`);
    expect(MessageDeleted.strict().parse(deleted.body)).toMatchObject({ id, conversationId });
    expect(app.delivered.map(({ event }) => event)).toEqual([
      "NEW_MESSAGE",
      "MESSAGE_EDITED",
      "REACTION_ADDED",
      "REACTION_REMOVED",
      "MESSAGE_DELETED",
    ]);
  });

  test("a stranger is told that the message does not exist, on every route", async () => {
    const { id } = await send();
    const answers = await Promise.all([
      asEve.put(`/messages/${id}`, { content: "x" }),
      asEve.delete(`/messages/${id}`),
      asEve.get(`/messages/${id}/history`),
      asEve.post(`/messages/${id}/reactions`, { emoji: "x" }),
      asEve.delete(`/messages/${id}/reactions/x`),
      asEve.put(`/messages/${randomUUID()}`, { content: "x" }),
    ]);
    for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  });

  test("others may neither edit nor delete it", async () => {
    const { id } = await send();
    expect(await asBob.put(`/messages/${id}`, { content: "x" })).toMatchObject({ status: 403 });
    expect(await asBob.delete(`/messages/${id}`)).toMatchObject({ status: 403 });
  });

  test.each(["x", "%00", "1e3", "';--"])("the id %s is VALIDATION_FAILED", async (id) => {
    expect(await asAnn.put(`/messages/${id}`, { content: "x" })).toMatchObject({
      status: 400,
      body: { field: "id" },
    });
    expect(await asAnn.get(`/messages/${id}/history`)).toMatchObject({ status: 400, body: { field: "id" } });
  });

  test("an emoji that cannot be stored is VALIDATION_FAILED", async () => {
    const { id } = await send();
    for (const emoji of ["", "x".repeat(33), "a\0"])
      expect(await asBob.post(`/messages/${id}/reactions`, { emoji })).toMatchObject({
        body: { field: "emoji" },
      });
    expect(await asBob.delete(`/messages/${id}/reactions/%00`)).toMatchObject({ body: { field: "emoji" } });
  });
});

describe("forwarding", () => {
  test("sends the same words into each conversation, once, as one's own", async () => {
    const { id } = await send({ content: "Pass it on" });
    const groups = await Promise.all(
      ["One", "Two"].map((name) => asBob.post("/conversations", { type: "GROUP", name, participantIds: [] })),
    );
    const [one, two] = groups.map(({ body }) => body.id as string) as [string, string];
    const answer = await asBob.post(`/messages/${id}/forward`, { conversationIds: [one, two, one] });
    expect(answer.status).toBe(201);
    const messages = z.array(Message).parse(answer.body);
    expect(messages.map(({ conversationId }) => conversationId)).toEqual([one, two]);
    for (const message of messages)
      expect(message).toMatchObject({ type: "FORWARD", content: "Pass it on", senderId: bob.id });
  });

  test("neither what one may not see nor where one is not", async () => {
    const { id, conversationId } = await send();
    expect(await asEve.post(`/messages/${id}/forward`, { conversationIds: [conversationId] })).toMatchObject({
      status: 404,
    });
    const elsewhere = { conversationIds: [randomUUID()] };
    expect(await asBob.post(`/messages/${id}/forward`, elsewhere)).toMatchObject({ status: 404 });
    for (const conversationIds of [[], ["x"], "x", Array(21).fill(conversationId)])
      expect(await asBob.post(`/messages/${id}/forward`, { conversationIds })).toMatchObject({ status: 400 });
  });
});
