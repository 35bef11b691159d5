import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { AttachmentLink } from "../../protocol/attachment.ts";
import type { Message, MessageUpdated } from "../../protocol/message.ts";
import type { SearchHit } from "../../protocol/search.ts";
import type { Account } from "../../testing/client/account.ts";
import type { MessageSent } from "../../testing/client/wire.ts";
import { mentionsOf, stage } from "../../testing/contract/stage.ts";

const folder = await mkdtemp(join(tmpdir(), "nexus-additions-"));
const on = stage({
  worker: true,
  env: { ATTACHMENTS_PATH: folder, LINK_PREVIEW_NETWORKS: "127.0.0.0/8" },
});
let pages: Server;
let site: string;
beforeAll(async () => {
  pages = createServer((_, response) => {
    response.setHeader("content-type", "text/html").end("<title>The page</title>");
  });
  pages.listen(0, "127.0.0.1");
  await once(pages, "listening");
  site = `http://127.0.0.1:${(pages.address() as AddressInfo).port}`;
});
afterAll(async () => {
  pages.close();
  await rm(folder, { recursive: true, force: true });
});

async function rowsSince(account: Account, conversationId: string, version: number): Promise<Message[]> {
  const answer = await on.rest(account, 1).post("/sync", { conversations: { [conversationId]: version } });
  return answer.body.conversations.find(({ id }: { id: string }) => id === conversationId).messages;
}

describe("a thread", () => {
  test("tells everybody of each reply and of what its root has come to; SYNC says the same; strangers hear nothing", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const conversationId = await on.group(alice, bob);
    const [a, b, e] = await Promise.all([on.device(alice, 0), on.device(bob, 1), on.device(eve, 1)]);
    const root = await a.must<MessageSent>("NEW_MESSAGE", { conversationId, content: "root" });
    const threadId = root.dbMessageId;
    const reply = await b.must<MessageSent>("NEW_MESSAGE", {
      conversationId,
      content: "reply",
      threadId,
      type: "THREAD",
    });
    const live = await a.events.next<Message>("NEW_MESSAGE", ({ content }) => content === "reply");
    expect(live).toMatchObject({ threadId, version: reply.version });
    const updates = await Promise.all(
      [a, b].map((client) => client.events.next<MessageUpdated>("MESSAGE_UPDATED")),
    );
    for (const update of updates)
      expect(update).toEqual({
        id: threadId,
        conversationId,
        version: reply.version + 1,
        thread: { count: 1, lastSeq: reply.seq, lastReplyAt: reply.timestamp },
        timestamp: reply.timestamp,
      });
    const rows = await rowsSince(alice, conversationId, root.version);
    expect(rows.map(({ id, version }) => [id, version])).toEqual([
      [reply.dbMessageId, reply.version],
      [threadId, reply.version + 1],
    ]);
    expect(rows[1]?.thread).toEqual(updates[0]?.thread);
    const replies = await on.rest(bob).get<Message[]>(`/messages/${threadId}/thread`);
    expect(replies.body.map(({ id }) => id)).toEqual([reply.dbMessageId]);
    expect((await on.rest(eve).get(`/messages/${threadId}/thread`)).status).toBe(404);
    await on.settled({ account: eve, client: e });
    expect(mentionsOf(e, conversationId)).toEqual([]);
  });

  test("is read in pages from either end", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const api = on.rest(alice);
    const send = async (content: string, more: object = {}) =>
      (await api.post<Message>("/messages", { receiverId: bob.id, content, ...more })).body;
    const root = await send("root");
    for (let i = 0; i < 5; i++) {
      await send(`reply ${i}`, { threadId: root.id });
      await send("between");
    }
    const read = async (query: string) => {
      const answer = await api.get<Message[]>(`/messages/${root.id}/thread?${query}`);
      return { contents: answer.body.map(({ content }) => content), link: answer.headers.get("link") };
    };
    expect((await read("limit=2")).contents).toEqual(["reply 3", "reply 4"]);
    const first = await read(`limit=2&after=${root.seq}`);
    expect(first.contents).toEqual(["reply 0", "reply 1"]);
    expect(first.link).toMatch(/after=\d+>; rel="next"/);
    expect((await read("limit=10")).link).toBeNull();
  });
});

describe("a link's preview", () => {
  test("reaches both gateways as the message's next change, and SYNC says the same", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = await Promise.all([on.device(alice, 0), on.device(bob, 1)]);
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: `see ${site}/x` });
    const updates = await Promise.all(
      [a, b].map((client) => client.events.next<MessageUpdated>("MESSAGE_UPDATED")),
    );
    for (const update of updates)
      expect(update).toMatchObject({
        id: sent.dbMessageId,
        conversationId: sent.conversationId,
        version: sent.version + 1,
        metadata: {
          urls: [`${site}/x`],
          previews: [{ url: `${site}/x`, title: "The page", attachment: null }],
        },
      });
    const [row] = await rowsSince(bob, sent.conversationId, sent.version);
    expect(row?.metadata).toEqual(updates[0]?.metadata);
    expect(row?.version).toBe(sent.version + 1);
  });
});

describe("an attachment", () => {
  test("that was uploaded at one gateway is sent at the other and read there by its link", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const b = await on.device(bob, 1);
    const form = new FormData();
    form.set("file", new File(["hello"], "hello.txt"));
    const uploaded = await fetch(`${on.gateway(0).url}/attachments`, {
      method: "POST",
      headers: { authorization: `Bearer ${alice.token}` },
      body: form,
    });
    const { id } = (await uploaded.json()) as { id: string };
    const sending = await on.device(alice, 1);
    await sending.must("NEW_MESSAGE", { receiverId: bob.id, content: "", attachmentIds: [id] });
    const { attachments } = await b.events.next<Message>("NEW_MESSAGE");
    expect(attachments).toEqual([{ id, name: "hello.txt", type: "text/plain", size: 5 }]);
    const { body } = await on.rest(bob, 0).get<AttachmentLink>(`/attachments/${id}`);
    const answer = await fetch(on.gateway(1).url + body.url);
    expect(await answer.text()).toBe("hello");
  });
});

test("what was sent is found a moment later, by those who may see it", async () => {
  const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
  const word = `word${Date.now()}`;
  const sent = await on
    .rest(alice)
    .post<Message>("/messages", { receiverId: bob.id, content: `a ${word} here` });
  const find = async (account: Account) =>
    (await on.rest(account, 1).get<SearchHit[]>(`/messages/search?q=${word}`)).body;
  await vi.waitFor(async () => expect(await find(bob)).toHaveLength(1), { timeout: 20_000, interval: 200 });
  expect(await find(bob)).toMatchObject([
    { id: sent.body.id, highlights: [{ start: 2, end: 2 + word.length }] },
  ]);
  expect(await find(eve)).toEqual([]);
});
