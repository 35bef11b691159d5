import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { type ClientEventName, clientEvents } from "../../src/protocol/client-events.ts";
import { api } from "../../src/testing/client/api.ts";
import type { MessageSent } from "../../src/testing/client/wire.ts";
import { expectClearError, oddValues, openScene, poison, type Scene } from "./scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene?.[Symbol.asyncDispose]());

const names = Object.keys(clientEvents) as ClientEventName[];

interface Shape {
  properties?: Record<string, { type?: string; format?: string }>;
  required?: string[];
  anyOf?: Shape[];
}

/** The fields that an event's schema knows, over all its forms. */
function fieldsOf(event: ClientEventName): string[] {
  const schema = z.toJSONSchema(clientEvents[event].payload, {
    io: "input",
    unrepresentable: "any",
  }) as Shape;
  return [...new Set([schema, ...(schema.anyOf ?? [])].flatMap((s) => Object.keys(s.properties ?? {})))];
}

/** A payload as it should be, about Ann's and Bob's message; for a new event add what its fields hold. */
function rightPayload(event: ClientEventName): Record<string, unknown> {
  const values: Record<string, unknown> = {
    conversationId: scene.conversationId,
    messageId: scene.messageId,
    content: "hello",
    emoji: "👍",
    seq: 1,
    userIds: [],
    conversations: {},
  };
  const forms = fieldsOf(event).includes("messageId")
    ? ["messageId", "content", "emoji"]
    : Object.keys(values);
  return Object.fromEntries(
    fieldsOf(event).flatMap((f) => (forms.includes(f) && f in values ? [[f, values[f]]] : [])),
  );
}

describe.each(names)("%s", (event) => {
  test("a payload as it should be is no VALIDATION_FAILED (else the tests below would prove nothing)", () => {
    expect(clientEvents[event].payload.safeParse(rightPayload(event)).success).toBe(true);
  });

  test("every field with every kind of wrong value, missing fields and odd payloads: a clear error, nothing stored", async () => {
    const right = rightPayload(event);
    const payloads: unknown[] = [...oddValues.filter((v) => v !== null && v !== "")];
    for (const field of fieldsOf(event)) {
      payloads.push(...oddValues.map((value) => ({ ...right, [field]: value })));
      const { [field]: _, ...without } = right;
      payloads.push(without);
    }
    // What the schema takes is not bad input: the tables below ask what becomes of that.
    const wrong = payloads.filter((p) => !clientEvents[event].payload.safeParse(onTheWire(p)).success);
    const before = await scene.rows();
    const answers = await Promise.all(wrong.map((payload) => scene.asAnn.emit(event, payload)));
    for (const [index, answer] of answers.entries()) {
      expect(answer.ok, JSON.stringify(wrong[index])?.slice(0, 200)).toBe(false);
      if (!answer.ok) expectClearError(answer.error, "VALIDATION_FAILED");
    }
    expect(await scene.rows()).toEqual(before);
    await scene.expectUnharmed();
  });

  test("what the schema takes is answered, never INTERNAL, however odd it is", async () => {
    const right = rightPayload(event);
    const payloads = fieldsOf(event).flatMap((field) =>
      oddValues.map((value) => ({ ...right, [field]: value })),
    );
    const fine = payloads.filter((p) => clientEvents[event].payload.safeParse(onTheWire(p)).success);
    const answers = await Promise.all(fine.map((payload) => scene.asEve.emit(event, payload)));
    for (const [index, answer] of answers.entries())
      if (!answer.ok) {
        expectClearError(answer.error);
        expect(answer.error.code, JSON.stringify(fine[index])?.slice(0, 200)).not.toBe("INTERNAL");
      }
    await scene.expectUnharmed();
  });

  test("without a callback the error comes as ERROR with its code, and the connection stays", async () => {
    scene.asAnn.socket.emit(event, "nonsense");
    const error = await scene.asAnn.events.next<{ code: string; event: string }>(
      "ERROR",
      (e) => (e as { event: string }).event === event,
    );
    expectClearError(error, "VALIDATION_FAILED");
    expect(scene.asAnn.socket.connected).toBe(true);
  });

  test("other people's and unknown ids are NOT_FOUND, never FORBIDDEN, and change nothing", async () => {
    const right = rightPayload(event);
    if (!("conversationId" in right || "messageId" in right)) return;
    const before = await scene.rows();
    const unknown = {
      ...right,
      ...("messageId" in right ? { messageId: randomUUID() } : { conversationId: randomUUID() }),
    };
    for (const payload of [right, unknown]) {
      const answer = await scene.asEve.emit(event, payload);
      // A confirmation of delivery is not waited for: it is taken, and moves nothing.
      if (event === "MESSAGE_DELIVERED" && answer.ok) continue;
      expect(answer).toMatchObject({ ok: false, error: { code: "NOT_FOUND" } });
    }
    expect(await scene.rows()).toEqual(before);
  });
});

/** What is left of a value once it is JSON. */
function onTheWire(payload: unknown): unknown {
  return payload === undefined ? {} : JSON.parse(JSON.stringify(payload));
}

test.each(
  poison.filter(
    (text) => text.isWellFormed() && !text.includes("\0") && text !== "" && text.length <= 10_000,
  ),
)("%j as content is stored and told word for word", async (content) => {
  const sent = await scene.asAnn.must<MessageSent>("NEW_MESSAGE", { receiverId: scene.bob.id, content });
  const path = `/messages/conversation/${sent.conversationId}?after=${sent.seq - 1}&limit=1`;
  const { body } = await api(scene.url, scene.bob.token).get(path);
  expect((Array.isArray(body) ? body : body.messages)[0]).toMatchObject({ id: sent.dbMessageId, content });
  expect((await scene.rows()).messages).toBeGreaterThan(0);
});

test.each([
  "toString",
  "constructor",
  "__proto__",
  "hasOwnProperty",
  "message",
  "NOPE",
  "x".repeat(5000),
  "",
])("the event %j does not exist, and that is said", async (event) => {
  const answer = await scene.asAnn.emit(event, {});
  expect(answer.ok).toBe(false);
  if (!answer.ok) expectClearError(answer.error, "VALIDATION_FAILED");
});

test("nothing of all this polluted a prototype", async () => {
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  const { dbMessageId } = await scene.asAnn.must<MessageSent>("NEW_MESSAGE", {
    receiverId: scene.bob.id,
    content: "clean",
  });
  expect(dbMessageId).toBeDefined();
  await scene.expectUnharmed();
});
