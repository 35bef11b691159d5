import { describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/client/connect.ts";
import { DELETED_CONTENT, type MessageSent, type SyncAnswer } from "../../testing/client/wire.ts";
import { stage } from "../../testing/contract/stage.ts";

const on = stage();

function sync(client: TestClient, conversations: Record<string, number>): Promise<SyncAnswer> {
  return client.must<SyncAnswer>("SYNC", { conversations });
}

describe("SYNC", () => {
  test("answers every row changed after the version, with its last state, and the receipts", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const sent: MessageSent[] = [];
    for (const content of ["1", "2", "3", "4"])
      sent.push(await a.must("NEW_MESSAGE", { receiverId: bob.id, content, tempId: `t${content}` }));
    const [first, second, third] = sent;
    const { conversationId } = first!;
    await a.must("EDIT_MESSAGE", { messageId: first!.dbMessageId, content: "one" });
    await b.must("ADD_REACTION", { messageId: second!.dbMessageId, emoji: "👍" });
    await a.must("DELETE_MESSAGE", { messageId: third!.dbMessageId });
    await b.must("MESSAGE_READ", { conversationId, seq: 2 });

    const since4 = await sync(b, { [conversationId]: 4 });
    expect(since4).toMatchObject({ joined: [], left: [] });
    const [delta] = since4.conversations;
    expect(delta).toMatchObject({ id: conversationId, version: 7, limited: false });
    expect(delta!.messages.map(({ seq, version, content }) => [seq, version, content])).toEqual([
      [1, 5, "one"],
      [2, 6, "2"],
      [3, 7, DELETED_CONTENT],
    ]);
    expect(delta!.messages[1]!.reactions).toEqual([{ emoji: "👍", count: 1, userIds: [bob.id] }]);
    expect(delta!.messages.map(({ tempId }) => tempId)).toEqual([undefined, undefined, undefined]);
    expect(delta!.receipts).toContainEqual(expect.objectContaining({ userId: bob.id, readSeq: 2 }));

    const whole = await sync(a, { [conversationId]: 0 });
    expect(whole.conversations[0]!.messages.map(({ seq }) => seq).toSorted()).toEqual([1, 2, 3, 4]);
    expect(whole.conversations[0]!.messages.find(({ seq }) => seq === 4)!.tempId).toBe("t4");
    const rest = await on.rest(bob, 0).post("/sync", { conversations: { [conversationId]: 4 } });
    expect(rest.status).toBe(200);
    expect(rest.body).toEqual(since4);
  });

  test("of one who has all brings no rows", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const a = await on.device(alice);
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "1" });
    const answer = await sync(a, { [sent.conversationId]: 1 });
    expect(answer.conversations.flatMap(({ messages }) => messages)).toEqual([]);
    expect(answer.conversations.every(({ limited }) => !limited)).toBe(true);
  });

  test("of more than one page says limited with a cursor, and its pages make the whole", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const sends = Array.from({ length: 250 }, (_, i) =>
      a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: String(i) }),
    );
    const sent = await Promise.all(sends);
    const { conversationId } = sent[0]!;
    const seqs: number[] = [];
    const pages: boolean[] = [];
    let since = 0;
    do {
      const { conversations } = await sync(b, { [conversationId]: since });
      const delta = conversations.find(({ id }) => id === conversationId)!;
      seqs.push(...delta.messages.map(({ seq }) => seq));
      pages.push(delta.limited);
      if (delta.limited) expect(delta.cursor).toBe(delta.version);
      expect(delta.version).toBeGreaterThan(since);
      since = delta.version;
    } while (pages.at(-1));
    expect(pages.length).toBeGreaterThan(1);
    expect(seqs).toEqual(sent.map(({ seq }) => seq).toSorted((x, y) => x - y));
    expect(since).toBe(250);
  });

  test("names conversations joined and left", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const b = await on.device(bob, 1);
    const [stays, goes] = [await on.group(alice, bob), await on.group(alice, bob)];
    await on.rest(alice).post("/messages", { conversationId: stays, content: "before" });
    const first = await sync(b, {});
    expect([...first.joined].toSorted()).toEqual([stays, goes].toSorted());
    await on.rest(alice).delete(`/conversations/${goes}/participants/${bob.id}`);
    const nowhere = crypto.randomUUID();
    const second = await sync(b, { [stays]: 1, [goes]: 0, [nowhere]: 3 });
    expect(second.joined).toEqual([]);
    expect([...second.left].toSorted()).toEqual([goes, nowhere].toSorted());
  });

  test("gives a stranger nothing, whatever they ask for", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, e] = [await on.device(alice), await on.device(eve, 1)];
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "secret" });
    const answer = await sync(e, { [sent.conversationId]: 0 });
    expect(answer).toEqual({ conversations: [], joined: [], left: [sent.conversationId] });
  });

  test("without a callback is answered by the event SYNC; nonsense is VALIDATION_FAILED with its field", async () => {
    const [alice] = await on.people("Alice");
    const a = await on.device(alice);
    a.socket.emit("SYNC", { conversations: {} });
    expect(await a.events.next("SYNC")).toEqual({ conversations: [], joined: [], left: [] });
    const id = crypto.randomUUID();
    for (const conversations of [{ nonsense: 1 }, { [id]: -1 }, { [id]: "1" }, [1], "all"])
      expect(await a.emit("SYNC", { conversations })).toMatchObject({
        ok: false,
        error: { code: "VALIDATION_FAILED", field: expect.stringMatching(/^conversations/) },
      });
  });
});

describe("HEALTH_CHECK", () => {
  test("answers the stores' state and the versions of the user's conversations, so that a lost last event is noticed", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, b, e] = [await on.device(alice, 0), await on.device(bob, 1), await on.device(eve, 0)];
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "1" });
    await a.must("NEW_MESSAGE", { receiverId: bob.id, content: "2" });
    expect(await b.must("HEALTH_CHECK")).toEqual({
      status: "ok",
      redis: true,
      database: true,
      uptime: expect.any(Number),
      timestamp: expect.stringMatching(/Z$/),
      versions: { [sent.conversationId]: 2 },
    });
    expect((await e.must<{ versions: object }>("HEALTH_CHECK")).versions).toEqual({});
    b.socket.emit("HEALTH_CHECK");
    expect(await b.events.next("HEALTH_RESPONSE")).toMatchObject({
      versions: { [sent.conversationId]: 2 },
    });
  });
});
