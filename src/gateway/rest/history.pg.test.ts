import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import type { Message } from "../../protocol/message.ts";
import { SyncedMessage, SyncResponse } from "../../protocol/sync.ts";
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
const send = async (more: object = {}) =>
  (await asAnn.post("/messages", { receiverId: bob.id, content: "Hello", ...more })).body;

describe("history", () => {
  test("pages by seq, backwards and forwards, also by the other user's id", async () => {
    const [cat, dan] = await Promise.all(["Cat", "Dan"].map((name) => register(app.url, { name })));
    const asCat = api(app.url, cat?.token);
    expect((await asCat.get(`/messages/conversation/${dan?.id}`)).body).toEqual([]);
    for (let i = 1; i <= 7; i++) await asCat.post("/messages", { receiverId: dan?.id, content: `${i}` });
    const page = async (query: string) =>
      (await asCat.get(`/messages/conversation/${dan?.id}?${query}`)).body.map((m: Message) => m.seq);
    expect(await page("limit=3")).toEqual([5, 6, 7]);
    expect(await page("limit=3&before=5")).toEqual([2, 3, 4]);
    expect(await page("limit=3&before=2")).toEqual([1]);
    expect(await page("limit=3&after=3")).toEqual([4, 5, 6]);
    expect(await page("limit=3&after=7")).toEqual([]);
  });

  test.each(["limit=0", "limit=101", "before=-1", "before=x", "after=1.5"])(
    "%s is VALIDATION_FAILED",
    async (query) => {
      const answer = await asAnn.get(`/messages/conversation/${bob.id}?${query}`);
      expect(answer).toMatchObject({ status: 400, body: { field: query.split("=")[0] } });
    },
  );

  test("of others, and of nobody, does not exist", async () => {
    const { conversationId } = await send();
    for (const id of [conversationId, randomUUID(), "nobody", "%00"]) {
      const answer = await asEve.get(`/messages/conversation/${id}`);
      expect([400, 404]).toContain(answer.status);
    }
  });
});

describe("catching up", () => {
  test("POST /sync by versions, GET /messages/sync by time: both have what was missed", async () => {
    const first = await send({ content: "seen" });
    const missed = await send({ content: "missed" });
    const delta = await asBob.post("/sync", { conversations: { [first.conversationId]: first.version } });
    const synced = SyncResponse.parse(delta.body);
    const mine = synced.conversations.find(({ id }) => id === first.conversationId);
    expect(mine).toMatchObject({ limited: false, version: missed.version });
    expect(mine?.messages.map(({ id }) => id)).toEqual([missed.id]);
    const timed = await asBob.get(`/messages/sync?lastMessageTimestamp=${first.timestamp}`);
    const messages = z.array(SyncedMessage).parse(timed.body);
    expect(messages.map(({ id }) => id)).toContain(missed.id);
    expect(messages.at(-1)).toMatchObject({
      sender: { id: ann.id },
      receiver: { id: bob.id },
      readReceipts: [],
    });
  });

  test("the timed form goes on by its Link until nothing is left, and each page is in order", async () => {
    const { timestamp } = await send({ content: "start" });
    for (let i = 0; i < 7; i++) await send({ content: `more ${i}` });
    const contents: string[] = [];
    let path: string | undefined = `/messages/sync?lastMessageTimestamp=${timestamp}&limit=3`;
    for (let pages = 0; path !== undefined; pages++) {
      expect(pages).toBeLessThan(5);
      const answer: { body: Message[]; headers: Headers } = await asBob.get(path);
      contents.push(...answer.body.map((message) => message.content));
      path = /^<([^>]+)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(contents.filter((content) => content.startsWith("more"))).toEqual(
      Array.from({ length: 7 }, (_, i) => `more ${i}`),
    );
  });

  test.each([
    "",
    "?lastMessageTimestamp=yesterday",
    "?lastMessageTimestamp=0000-01-01T00:00:00Z",
    "?lastMessageTimestamp=2025-01-01T00:00:00Z&limit=501",
    "?lastMessageTimestamp=2025-01-01T00:00:00Z&cursor=x",
  ])("GET /messages/sync%s is VALIDATION_FAILED", async (query) => {
    expect(await asBob.get(`/messages/sync${query}`)).toMatchObject({
      status: 400,
      body: { code: "VALIDATION_FAILED" },
    });
  });

  test("an offset that Postgres would refuse is understood", async () => {
    const time = encodeURIComponent("2025-01-01T00:00:00+23:00");
    expect((await asEve.get(`/messages/sync?lastMessageTimestamp=${time}`)).body).toEqual([]);
  });
});
