import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Conversation, Participant } from "../../protocol/conversation.ts";
import { type Account, register } from "../../testing/client/account.ts";
import { type Api, api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp, type TestApp } from "./testing-app.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

let app: TestApp;
let people: [Account, Account, Account];
let ann: Api;
let bob: Api;
let eve: Api;
beforeAll(async () => {
  app = await startTestApp(database.url);
  people = (await Promise.all(
    ["Ann", "Bob", "Eve"].map((name) => register(app.url, { name })),
  )) as typeof people;
  [ann, bob, eve] = people.map((person) => api(app.url, person.token)) as [Api, Api, Api];
});
afterAll(() => app[Symbol.asyncDispose]());

const group = async (more: object = {}) =>
  (
    await ann.post("/conversations", {
      type: "GROUP",
      name: "Group",
      participantIds: [people[1].id],
      ...more,
    })
  ).body;

test("POST /conversations makes a group: 201, the maker owns it, members see it", async () => {
  const made = Conversation.parse(await group({ description: "D", settings: { membersCanAdd: true } }));
  expect(made).toMatchObject({
    type: "GROUP",
    name: "Group",
    description: "D",
    memberCount: 2,
    unreadCount: 0,
  });
  expect(made.participants.find(({ userId }) => userId === people[0].id)?.role).toBe("OWNER");
  expect((await bob.get(`/conversations/${made.id}`)).body).toMatchObject({ id: made.id, name: "Group" });
  expect(app.memberships.at(-1)).toMatchObject({ conversationId: made.id });
});

test("a direct conversation is one, whoever makes it how often", async () => {
  const make = (by: Api, other: Account) =>
    by.post("/conversations", { type: "DIRECT", participantIds: [other.id] });
  const [first, second] = [await make(ann, people[1]), await make(bob, people[0])];
  expect(first.status).toBe(201);
  expect(second.body.id).toBe(first.body.id);
});

test("both lists are the same: last message, unread count, participants, version, in pages", async () => {
  const { id } = await group({ name: "Listed" });
  await ann.post("/messages", { conversationId: id, content: "News" });
  const list = await bob.get("/conversations?limit=100");
  expect((await bob.get("/messages/conversations/all?limit=100")).body).toEqual(list.body);
  expect(list.body[0]).toMatchObject({
    id,
    unreadCount: 1,
    version: 1,
    lastMessage: { content: "News" },
  });
  const seen: string[] = [];
  let path: string | undefined = "/conversations?limit=1";
  while (path !== undefined && seen.length < 20) {
    const page: { body: { id: string }[]; headers: Headers } = await bob.get(path);
    seen.push(...page.body.map((conversation) => conversation.id));
    path = /^<([^>]+)>/.exec(page.headers.get("link") ?? "")?.[1];
  }
  expect(seen).toEqual(list.body.map((conversation: { id: string }) => conversation.id));
});

test("PATCH and DELETE change it for those who may", async () => {
  const { id } = await group();
  expect((await ann.patch(`/conversations/${id}`, { name: "Renamed" })).body).toMatchObject({
    name: "Renamed",
  });
  expect(await bob.patch(`/conversations/${id}`, { name: "Mine" })).toMatchObject({ status: 403 });
  const muted = await bob.patch(`/conversations/${id}`, { notificationSettings: { level: "none" } });
  expect(muted.body).toMatchObject({ notificationSettings: { level: "none" } });
  expect(await bob.delete(`/conversations/${id}`)).toMatchObject({ status: 403 });
  expect((await ann.delete(`/conversations/${id}`)).status).toBe(204);
  expect(await bob.get(`/conversations/${id}`)).toMatchObject({ status: 404 });
});

test("participants are added, changed, banned and removed", async () => {
  const { id } = await group();
  const added = await ann.post(`/conversations/${id}/participants`, { userId: people[2].id });
  expect(added.status).toBe(201);
  expect(added.body.map((row: Participant) => Participant.parse(row).userId)).toContain(people[2].id);
  const path = `/conversations/${id}/participants/${people[2].id}`;
  expect((await ann.patch(path, { role: "MODERATOR" })).body).toMatchObject({ role: "MODERATOR" });
  expect((await ann.delete(path)).status).toBe(204);
  expect(await eve.get(`/conversations/${id}`)).toMatchObject({ status: 404 });
  await ann.post(`/conversations/${id}/participants`, { participantIds: [people[2].id] });
  expect((await eve.get(`/conversations/${id}`)).status).toBe(200);
  expect((await ann.patch(path, { status: "BANNED" })).status).toBe(204);
  expect(await eve.get(`/conversations/${id}`)).toMatchObject({ status: 404 });
});

test("the last owner stays one until somebody else is", async () => {
  const { id } = await group();
  const [annsPath, bobsPath] = people.map((person) => `/conversations/${id}/participants/${person.id}`);
  const refused = { status: 409, body: { code: "CONFLICT" } };
  expect(await ann.patch(annsPath as string, { role: "MEMBER" })).toMatchObject(refused);
  expect(await ann.delete(annsPath as string)).toMatchObject(refused);
  expect((await ann.patch(bobsPath as string, { role: "OWNER" })).status).toBe(200);
  expect((await ann.patch(annsPath as string, { role: "MEMBER" })).body).toMatchObject({ role: "MEMBER" });
  expect((await ann.delete(annsPath as string)).status).toBe(204);
});

test("a stranger is told that the conversation does not exist, on every route", async () => {
  const { id } = await group();
  const me = people[2].id;
  const answers = await Promise.all([
    eve.get(`/conversations/${id}`),
    eve.patch(`/conversations/${id}`, { name: "x" }),
    eve.patch(`/conversations/${id}`, { notificationSettings: { level: "none" } }),
    eve.delete(`/conversations/${id}`),
    eve.post(`/conversations/${id}/participants`, { userId: me }),
    eve.patch(`/conversations/${id}/participants/${me}`, { role: "OWNER" }),
    eve.delete(`/conversations/${id}/participants/${me}`),
    eve.get(`/conversations/${randomUUID()}`),
  ]);
  for (const answer of answers) expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
});

test.each([
  ["no type", { type: undefined }, "type"],
  ["a group without a name", { name: undefined }, "name"],
  ["a blank name", { name: "  " }, "name"],
  ["a name of 201 characters", { name: "x".repeat(201) }, "name"],
  ["no participants", { participantIds: undefined }, "participantIds"],
  ["1,001 participants", { participantIds: Array(1001).fill("x") }, "participantIds"],
  ["an unknown participant", { participantIds: ["nobody"] }, "participantIds"],
  ["two others in a direct one", { type: "DIRECT", participantIds: ["a", "b"] }, "participantIds"],
])("%s is refused with its field, and nothing is made", async (_, wrong, field) => {
  const count = async () => (await app.sql`select count(*)::int as n from conversations`)[0]?.n;
  const before = await count();
  const body = { type: "GROUP", name: "Group", participantIds: [], ...wrong };
  const answer = await ann.post("/conversations", body);
  expect([400, 404]).toContain(answer.status);
  expect(answer.body).toMatchObject({ field });
  expect(await count()).toBe(before);
});

test("adding nobody is VALIDATION_FAILED", async () => {
  const { id } = await group();
  expect(await ann.post(`/conversations/${id}/participants`, {})).toMatchObject({
    status: 400,
    body: { field: "participantIds" },
  });
});

test.each(["x", "%00", "1"])("the conversation id %s is VALIDATION_FAILED", async (id) => {
  for (const answer of [
    await ann.get(`/conversations/${id}`),
    await ann.delete(`/conversations/${id}/participants/x`),
  ])
    expect(answer).toMatchObject({ status: 400, body: { field: "id" } });
});

test.each(["limit=0", "limit=1000", "cursor=x"])("the list with %s is VALIDATION_FAILED", async (query) => {
  expect(await ann.get(`/conversations?${query}`)).toMatchObject({
    status: 400,
    body: { field: query.split("=")[0] },
  });
});
