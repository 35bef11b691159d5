import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { MessageSent, WireMessage } from "../../testing/client/wire.ts";
import { messagesOf, stage } from "../../testing/contract/stage.ts";

const on = stage();
const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe("NEW_MESSAGE", () => {
  test("is answered by MESSAGE_SENT with exactly the promised fields", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const phone = await on.device(alice);
    const tempId = randomUUID();
    const sent = await phone.must("NEW_MESSAGE", { receiverId: bob.id, content: "hello", tempId });
    expect(sent).toEqual({
      messageId: tempId,
      dbMessageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      conversationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      seq: 1,
      version: 1,
      timestamp: expect.stringMatching(isoTime),
    });
  });

  test("reaches every other device of both, on both gateways, with tempId for the sender's own only", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const phone = await on.device(alice, 0);
    const others = [await on.device(alice, 0), await on.device(alice, 1)];
    const theirs = [await on.device(bob, 0), await on.device(bob, 1)];
    const tempId = randomUUID();
    const clientTimestamp = "2026-01-02T03:04:05.678Z";
    const content = "see #nexus at https://example.com/a @bob";
    const sent = await phone.must<MessageSent>("NEW_MESSAGE", {
      receiverId: bob.id,
      content,
      tempId,
      clientTimestamp,
    });
    const message = {
      id: sent.dbMessageId,
      conversationId: sent.conversationId,
      seq: 1,
      version: 1,
      senderId: alice.id,
      receiverId: bob.id,
      type: "TEXT",
      content,
      status: "SENT",
      replyToId: null,
      threadId: null,
      attachments: [],
      metadata: {
        mentions: ["bob"],
        mentioned: [{ text: "bob", userId: bob.id }],
        hashtags: ["nexus"],
        urls: ["https://example.com/a"],
      },
      reactions: [],
      isEdited: false,
      editedAt: null,
      deletedAt: null,
      isEncrypted: false,
      encryptionKeyId: null,
      clientTimestamp,
      timestamp: sent.timestamp,
    };
    for (const device of theirs) expect(await device.events.next("NEW_MESSAGE")).toEqual(message);
    for (const device of others)
      expect(await device.events.next("NEW_MESSAGE")).toEqual({ ...message, tempId });
    await on.settled(
      { account: alice, client: phone },
      { account: bob, client: theirs[0]! },
      { account: bob, client: theirs[1]! },
    );
    expect(messagesOf(phone, sent.conversationId)).toEqual([]);
    for (const device of theirs) expect(messagesOf(device, sent.conversationId)).toHaveLength(1);
  });

  test("by conversationId goes where receiverId goes, and back", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const first = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "1" });
    const { conversationId } = first;
    const second = await a.must<MessageSent>("NEW_MESSAGE", { conversationId, content: "2" });
    const third = await b.must<MessageSent>("NEW_MESSAGE", { receiverId: alice.id, content: "3" });
    expect([first, second, third].map((sent) => [sent.conversationId, sent.seq, sent.version])).toEqual([
      [conversationId, 1, 1],
      [conversationId, 2, 2],
      [conversationId, 3, 3],
    ]);
    expect((await b.events.next<WireMessage>("NEW_MESSAGE")).content).toBe("1");
    expect((await b.events.next<WireMessage>("NEW_MESSAGE")).content).toBe("2");
    expect(await a.events.next<WireMessage>("NEW_MESSAGE")).toMatchObject({
      content: "3",
      senderId: bob.id,
      receiverId: alice.id,
    });
  });

  test("in a group reaches all its members' devices and nobody else, without receiverId", async () => {
    const [alice, bob, carol, eve] = await on.people("Alice", "Bob", "Carol", "Eve");
    const group = await on.group(alice, bob, carol);
    const a = await on.device(alice, 0);
    const members = [await on.device(alice, 1), await on.device(bob, 1), await on.device(carol, 0)];
    const outsider = await on.device(eve, 1);
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { conversationId: group, content: "to all" });
    for (const device of members) {
      const message = await device.events.next<WireMessage>("NEW_MESSAGE");
      expect(message).toMatchObject({ conversationId: group, content: "to all", seq: sent.seq });
      expect(message.receiverId).toBeUndefined();
    }
    await on.settled({ account: eve, client: outsider });
    expect(messagesOf(outsider, group)).toEqual([]);
  });

  test("without an acknowledgement callback is answered by the event MESSAGE_SENT, a failure by ERROR", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, e] = [await on.device(alice), await on.device(eve)];
    a.socket.emit("NEW_MESSAGE", { receiverId: bob.id, content: "no callback", tempId: "t-1" });
    const sent = await a.events.next<MessageSent>("MESSAGE_SENT");
    expect(sent).toMatchObject({ messageId: "t-1", seq: 1 });
    e.socket.emit("NEW_MESSAGE", {
      conversationId: sent.conversationId,
      content: "let me in",
      tempId: "t-2",
    });
    expect(await e.events.next("ERROR")).toMatchObject({
      code: "NOT_FOUND",
      message: expect.any(String),
      timestamp: expect.stringMatching(isoTime),
      tempId: "t-2",
    });
  });

  test("from or to somebody unknown, or into a conversation of others, is NOT_FOUND and stores nothing", async () => {
    const [alice, bob, eve] = await on.people("Alice", "Bob", "Eve");
    const [a, e] = [await on.device(alice), await on.device(eve, 1)];
    const { conversationId } = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "1" });
    const wrong = [{ conversationId }, { conversationId: randomUUID() }, { receiverId: randomUUID() }];
    for (const target of wrong)
      expect(await e.emit("NEW_MESSAGE", { ...target, content: "x" })).toMatchObject({
        ok: false,
        error: { code: "NOT_FOUND" },
      });
    expect(await a.must("NEW_MESSAGE", { conversationId, content: "2" })).toMatchObject({
      seq: 2,
      version: 2,
    });
  });
});

describe("guarantee 2, once", () => {
  test("the same tempId ten times at once over both gateways makes one message", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const devices = [await on.device(alice, 0), await on.device(alice, 1)];
    const watcher = await on.device(bob, 1);
    const message = { receiverId: bob.id, content: "just once", tempId: randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => devices[i % 2]!.must<MessageSent>("NEW_MESSAGE", message)),
    );
    expect(new Set(answers.map((sent) => `${sent.dbMessageId} ${sent.seq} ${sent.timestamp}`)).size).toBe(1);
    expect(answers.filter((sent) => !sent.duplicate)).toHaveLength(1);
    expect(answers.filter((sent) => sent.duplicate === true)).toHaveLength(9);
    const { conversationId } = answers[0]!;
    await on.settled({ account: bob, client: watcher });
    expect(messagesOf(watcher, conversationId)).toHaveLength(1);
    const next = await devices[0]!.must("NEW_MESSAGE", { conversationId, content: "next" });
    expect(next).toMatchObject({ seq: 2, version: 2 });
  });

  test("the same tempId with other content is CONFLICT, also at once on the other gateway", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a1, a2] = [await on.device(alice, 0), await on.device(alice, 1)];
    const tempId = randomUUID();
    const answers = await Promise.all(
      [a1, a2].map((device, i) =>
        device.emit<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: `version ${i}`, tempId }),
      ),
    );
    expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    expect(answers.find((answer) => !answer.ok)).toMatchObject({ error: { code: "CONFLICT" } });
    const later = await a1.emit("NEW_MESSAGE", { receiverId: bob.id, content: "version 2", tempId });
    expect(later).toMatchObject({ ok: false, error: { code: "CONFLICT" } });
  });

  test("two senders may use the same tempId", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const first = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "x", tempId: "1" });
    const second = await b.must<MessageSent>("NEW_MESSAGE", {
      receiverId: alice.id,
      content: "y",
      tempId: "1",
    });
    expect([first.seq, second.seq]).toEqual([1, 2]);
    expect(first.dbMessageId).not.toBe(second.dbMessageId);
  });
});

describe("guarantee 3, in order", () => {
  test("pipelined sends of one client keep their order, from the very first message of a conversation", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: String(i) }),
      ),
    );
    expect(answers.map(({ seq }) => seq)).toEqual(answers.map((_, i) => i + 1));
    await b.events.next<WireMessage>("NEW_MESSAGE", ({ seq }) => seq === 50);
    const seen = messagesOf(b, answers[0]!.conversationId);
    expect(seen.map(({ content }) => content)).toEqual(answers.map((_, i) => String(i)));
  });

  test("seq and version of two concurrent senders on two gateways have neither gap nor double", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const sends = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0
        ? a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: `a${i}` })
        : b.must<MessageSent>("NEW_MESSAGE", { receiverId: alice.id, content: `b${i}` }),
    );
    const answers = await Promise.all(sends);
    const counted = Array.from({ length: 40 }, (_, i) => i + 1);
    expect(answers.map(({ seq }) => seq).toSorted((x, y) => x - y)).toEqual(counted);
    expect(answers.map(({ version }) => version).toSorted((x, y) => x - y)).toEqual(counted);
    for (const sent of answers) expect(sent.seq).toBe(sent.version);
  });

  test("version grows by one with each message, edit, reaction and deletion; the row carries its last", async () => {
    const [alice, bob] = await on.people("Alice", "Bob");
    const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
    const sent = await a.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "1" });
    const messageId = sent.dbMessageId;
    const versions = [
      sent,
      await a.must("EDIT_MESSAGE", { messageId, content: "one" }),
      await b.must("ADD_REACTION", { messageId, emoji: "👍" }),
      await b.must("NEW_MESSAGE", { receiverId: alice.id, content: "2" }),
      await b.must("REMOVE_REACTION", { messageId, emoji: "👍" }),
      await a.must("DELETE_MESSAGE", { messageId }),
    ].map(({ version }) => version);
    expect(versions).toEqual([1, 2, 3, 4, 5, 6]);
    const history = await on.rest(bob, 1).get(`/messages/conversation/${sent.conversationId}`);
    const rows = (history.body.messages ?? history.body) as WireMessage[];
    expect(rows.map(({ seq, version }) => [seq, version]).toSorted()).toEqual([
      [1, 6],
      [2, 4],
    ]);
  });
});
