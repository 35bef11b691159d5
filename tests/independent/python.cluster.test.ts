/** An independent client, Python's python-socketio, and a stock socket.io-client talk over two gateways. */
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Account, register } from "../../src/testing/client/account.ts";
import { connect, type TestClient } from "../../src/testing/client/connect.ts";
import type { MessageSent, SyncAnswer, WireMessage } from "../../src/testing/client/wire.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";
import { installPython, type PythonClient, type PythonHome, startPython } from "./python-client.ts";

const found = await installPython();
const home = "python" in found ? found : undefined;
if ("missing" in found) console.warn(`The Python client cannot run here. ${found.missing}`);

let platform: Platform;
let ann: Account;
let bob: Account;
let asAnn: PythonClient;
let asBob: TestClient;
beforeAll(async () => {
  if (!home) return;
  platform = await startPlatform({ worker: false });
  const [one, two] = [platform.gateways[0]!, platform.gateways[1]!];
  ann = await register(one.url, { name: "Ann" });
  bob = await register(two.url, { name: "Bob" });
  asAnn = startPython(home, { url: one.url, token: ann.token, deviceId: "anns-python" });
  await asAnn.events.next("connected", undefined, 15_000);
  asBob = await connect({ url: two.url, token: bob.token });
});
afterAll(async () => {
  await asAnn?.[Symbol.asyncDispose]();
  await asBob?.close();
  await platform?.[Symbol.asyncDispose]();
  await home?.[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if ("missing" in found) context.skip(found.missing);
});

const said = (content: string) => (m: WireMessage) => m.content === content;
const about = (id: string) => (m: { id?: string; messageId?: string }) => m.id === id || m.messageId === id;

test("it connects and is told who and where it is", async () => {
  const success = await asAnn.events.next<{ userId: string; deviceId: string }>("CONNECTION_SUCCESS");
  expect(success).toMatchObject({ userId: ann.id, deviceId: "anns-python", gateway: expect.any(String) });
});

test("a bad token is refused with its code", async () => {
  await using refused = startPython(home as PythonHome, { url: platform.gateways[0]!.url, token: "forged" });
  expect(await refused.events.next("refused", undefined, 15_000)).toMatchObject({
    data: { code: "UNAUTHENTICATED" },
  });
});

test("messages go both ways, once, with everything that belongs to them", async () => {
  const content = "Grüße 👋 @bob #python";
  const sent = await asAnn.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content, tempId: "p-1" });
  expect(sent).toMatchObject({ messageId: "p-1", seq: 1, version: 1 });
  expect(await asBob.events.next("NEW_MESSAGE", said(content))).toMatchObject({
    id: sent.dbMessageId,
    senderId: ann.id,
    metadata: { mentions: ["bob"], hashtags: ["python"] },
  });
  const again = await asAnn.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content, tempId: "p-1" });
  expect(again).toEqual({ ...sent, duplicate: true });

  const reply = { conversationId: sent.conversationId, content: "hello Python", replyToId: sent.dbMessageId };
  const { dbMessageId } = await asBob.must<MessageSent>("NEW_MESSAGE", reply);
  expect(await asAnn.events.next("NEW_MESSAGE", said("hello Python"))).toMatchObject({
    id: dbMessageId,
    seq: 2,
    senderId: bob.id,
    replyToId: sent.dbMessageId,
  });
  expect(asBob.events.all("NEW_MESSAGE", said(content))).toHaveLength(1);
});

test("edits, reactions and deletions go both ways", async () => {
  const { dbMessageId: messageId } = await asAnn.must<MessageSent>("NEW_MESSAGE", {
    receiverId: bob.id,
    content: "typo",
  });
  await asAnn.must("EDIT_MESSAGE", { messageId, content: "fixed" });
  expect(await asBob.events.next("MESSAGE_EDITED", about(messageId))).toMatchObject({
    content: "fixed",
    isEdited: true,
  });
  await asBob.must("ADD_REACTION", { messageId, emoji: "🐍" });
  expect(await asAnn.events.next("REACTION_ADDED", about(messageId))).toMatchObject({
    emoji: "🐍",
    count: 1,
    userId: bob.id,
  });
  await asAnn.must("ADD_REACTION", { messageId, emoji: "🐍" });
  expect(await asBob.events.next("REACTION_ADDED", about(messageId))).toMatchObject({ count: 2 });
  await asBob.must("REMOVE_REACTION", { messageId, emoji: "🐍" });
  expect(await asAnn.events.next("REACTION_REMOVED", about(messageId))).toMatchObject({ count: 1 });
  await asAnn.must("DELETE_MESSAGE", { messageId });
  expect(await asBob.events.next("MESSAGE_DELETED", about(messageId))).toMatchObject({
    content: "This message has been deleted",
  });
});

test("receipts and typing go both ways", async () => {
  const {
    dbMessageId: messageId,
    conversationId,
    seq,
  } = await asBob.must<MessageSent>("NEW_MESSAGE", { receiverId: ann.id, content: "read me" });
  expect(await asAnn.must("MESSAGE_DELIVERED", { conversationId, seq })).toEqual({});
  expect(
    await asBob.events.next<{ seq: number }>("MESSAGE_DELIVERED_UPDATE", (u) => u.seq >= seq),
  ).toMatchObject({ userId: ann.id });
  await asAnn.must("MESSAGE_READ", { messageId });
  expect(await asBob.events.next("MESSAGE_READ_UPDATE", about(messageId))).toMatchObject({
    userId: ann.id,
    seq,
  });
  const mine = await asAnn.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "and me" });
  await asBob.must("MESSAGE_READ", { conversationId, seq: mine.seq });
  expect(await asAnn.events.next("MESSAGE_READ_UPDATE", about(mine.dbMessageId))).toMatchObject({
    userId: bob.id,
  });
  await asAnn.must("TYPING_START", { conversationId });
  expect(await asBob.events.next("USER_TYPING")).toEqual({ userId: ann.id, conversationId, isTyping: true });
  await asBob.must("TYPING_START", { receiverId: ann.id });
  expect(await asAnn.events.next("USER_TYPING")).toMatchObject({ userId: bob.id, isTyping: true });
});

test("errors come with their code, and SYNC brings all of it", async () => {
  expect(await asAnn.emit("NEW_MESSAGE", { receiverId: bob.id })).toMatchObject({
    ok: false,
    error: { code: "VALIDATION_FAILED", field: "content" },
  });
  const [ours] = (await asAnn.must<SyncAnswer>("SYNC", { conversations: {} })).conversations;
  const [theirs] = (await asBob.must<SyncAnswer>("SYNC", { conversations: {} })).conversations;
  const bare = (messages: readonly WireMessage[] = []) => messages.map(({ tempId: _, ...rest }) => rest);
  expect(bare(ours?.messages)).toEqual(bare(theirs?.messages));
  expect(ours?.limited).toBe(false);
  expect(await asAnn.must("HEALTH_CHECK", {})).toMatchObject({
    status: "ok",
    versions: { [ours?.id as string]: ours?.version },
  });
});

test("a second device on the same deviceId ends the first", async () => {
  await using second = startPython(home as PythonHome, {
    url: platform.gateways[1]!.url,
    token: ann.token,
    deviceId: "anns-python",
  });
  await second.events.next("CONNECTION_SUCCESS", undefined, 15_000);
  expect(await asAnn.events.next("FORCE_DISCONNECT")).toMatchObject({ reason: "DUPLICATE_CONNECTION" });
  await asAnn.events.next("disconnected");
});
