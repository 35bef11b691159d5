import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Problem } from "../../src/protocol/errors.ts";
import { type Route, readOpenApi, typeOf } from "./openapi.ts";
import { expectClearError, oddValues, openScene, poison, type Scene } from "./scene.ts";

const scene: Scene = await openScene();
afterAll(() => scene[Symbol.asyncDispose]());
const { routes, typesOf, rightBody } = await readOpenApi(scene.url, {
  receiverId: scene.bob.id,
  userId: scene.bob.id,
});
const named = routes.map((route): [string, Route] => [`${route.method} ${route.path}`, route]);
const guarded = named.filter(([, { operation }]) => (operation.security ?? []).length > 0);
const withBody = named.filter(([, { body }]) => body !== undefined);

let before: Record<string, number>;
let refusals = 0;
beforeAll(async () => {
  before = await scene.rows();
});

/** The address with its parameters: Ann's and Bob's conversation and message, unless told otherwise. */
function address(path: string, values: Record<string, string> = {}): string {
  const id = path.startsWith("/conversations") ? scene.conversationId : scene.messageId;
  const usual: Record<string, string> = { id, userId: scene.bob.id, emoji: "👍" };
  return (
    scene.url +
    path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(values[name] ?? usual[name] ?? "x"))
  );
}

interface Reply {
  status: number;
  body: unknown;
}
/** One request; `body` is sent as it is when it is text or bytes. Every failure must be a problem document. */
async function ask(method: string, url: string, body?: unknown, token = scene.ann.token): Promise<Reply> {
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    ...(body !== undefined && { body: raw ? (body as string) : JSON.stringify(body) }),
    signal: AbortSignal.timeout(10_000),
  });
  const text = await response.text();
  if (response.status < 400) return { status: response.status, body: text };
  expect(response.headers.get("content-type"), `${method} ${url} ${text}`).toMatch(
    /^application\/problem\+json/,
  );
  const problem = Problem.strict().parse(JSON.parse(text));
  expect(problem.status).toBe(response.status);
  expectClearError(problem);
  expect(problem.code, `${method} ${url} ${String(JSON.stringify(body)).slice(0, 300)}`).not.toBe("INTERNAL");
  refusals++;
  return { status: response.status, body: problem };
}

test("the document names the routes that are tested here", () => {
  expect(routes.length).toBeGreaterThan(20);
  expect(guarded.length).toBeGreaterThan(15);
});

describe.each(withBody)("%s", (_, route) => {
  const send = (body: unknown) => ask(route.method, address(route.path), body);

  test("bodies that are no JSON object: 400", async () => {
    const bodies = [
      "",
      "{",
      "nonsense",
      "null",
      "[]",
      '"text"',
      "1",
      "[".repeat(50_000),
      '{"a":1,}',
      "{'a':1}",
    ];
    for (const body of bodies) {
      const { status } = await send(body);
      // An object with nothing required may be left out altogether.
      if (!(body === "" && !route.body?.required?.length))
        expect([400, 413], body.slice(0, 20)).toContain(status);
    }
  });

  test("bytes that are not UTF-8, poisoned prototypes, a megabyte: refused by name", async () => {
    const invalid = Buffer.concat([
      Buffer.from('{"content":"'),
      Buffer.from([0xff, 0xc0, 0xaf]),
      Buffer.from('"}'),
    ]);
    expect(await send(invalid)).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED" } });
    expect(await send('{"__proto__":{"x":1}}')).toMatchObject({ status: 400 });
    expect(await send('{"constructor":{"prototype":{"x":1}}}')).toMatchObject({ status: 400 });
    expect(await send(JSON.stringify({ content: "x".repeat(2 ** 20) }))).toMatchObject({
      status: 413,
      body: { code: "PAYLOAD_TOO_LARGE" },
    });
  });

  test("every field with values of every wrong type: 400 VALIDATION_FAILED, nothing stored", async () => {
    const rows = await scene.rows();
    for (const [field, schema] of Object.entries(route.body?.properties ?? {})) {
      const types = typesOf(schema);
      if (!types) continue;
      const wrong = oddValues.filter(
        (v) => !types.includes(typeOf(v)) && !(typeOf(v) === "integer" && types.includes("number")),
      );
      for (const value of wrong) {
        const { status, body } = await send({ ...rightBody(route.body), [field]: value });
        expect(status, `${field}: ${JSON.stringify(value)?.slice(0, 80)}`).toBe(400);
        expect(body).toMatchObject({ code: "VALIDATION_FAILED" });
      }
    }
    expect(await scene.rows()).toEqual(rows);
  });

  test("a required field left out: 400 with its name", async () => {
    for (const field of route.body?.required ?? []) {
      const { [field]: _left, ...without } = rightBody(route.body);
      expect(await send(without)).toMatchObject({ status: 400, body: { code: "VALIDATION_FAILED", field } });
    }
  });

  test("strings of every bad kind in every field: never an internal error", async () => {
    for (const field of Object.keys(route.body?.properties ?? {}))
      for (const value of poison.filter(
        (text) => text.length > 10_000 || !text.isWellFormed() || text.includes("\0") || text === "",
      ))
        await send({ ...rightBody(route.body), [field]: value }); // looks for itself
  });
});

describe.each(named)("%s", (_, route) => {
  const parameters = route.operation.parameters ?? [];

  test("odd values in the path: 400 or 404, never an internal error", async () => {
    for (const { name } of parameters.filter((p) => p.in === "path"))
      for (const value of [
        ...poison.filter((t) => t.isWellFormed() && t.length < 20_000),
        "undefined",
        "-1",
        "x".repeat(3000),
      ]) {
        if (value === "" || value === "constructor" || value === "__proto__" || value === "👍") continue;
        if (route.method !== "GET" && name === "emoji") continue; // any short text may be a reaction
        const { status } = await ask(
          route.method,
          address(route.path, { [name]: value }),
          route.body && rightBody(route.body),
          scene.eve.token,
        );
        expect(status, value.slice(0, 40)).toBeGreaterThanOrEqual(400);
      }
  });

  test("odd values in the query: answered or refused, never an internal error", async () => {
    const usual = parameters
      .filter((p) => p.in === "query" && p.required)
      .map((p) => [p.name, p.name.includes("imestamp") ? "2026-01-01T00:00:00Z" : "x"]);
    for (const { name } of parameters.filter((p) => p.in === "query"))
      for (const value of [
        ...poison.filter((t) => t.isWellFormed() && t.length < 20_000 && !t.includes("\0")),
        "-1",
        "1e99",
        "NaN",
        "99999999999999999999",
        "2026-02-30T00:00:00Z",
        "a%00b",
      ]) {
        const query = new URLSearchParams([...usual, [name, value]] as [string, string][]);
        await ask(route.method, `${address(route.path)}?${query}`);
      }
  });
});

describe.each(guarded)("%s", (_, route) => {
  test("without a token 401, before anything of the request is looked at", async () => {
    for (const body of route.body ? ["{", rightBody(route.body)] : [undefined])
      expect(await ask(route.method, address(route.path), body, "")).toMatchObject({
        status: 401,
        body: { code: "UNAUTHENTICATED" },
      });
  });
});

/** What is about a conversation or message, with a right body. */
const bodies: Record<string, unknown> = {
  editMessage: { content: "mine now" },
  addReaction: { emoji: "👍" },
  forwardMessage: { conversationIds: [randomUUID()] },
  addParticipants: { participantIds: [scene.eve.id] },
  updateParticipant: { role: "MEMBER" },
  updateConversation: { name: "mine now" },
};
const about = named.filter(([, { path }]) => /^\/(messages|conversations)\/(\w+\/)?\{id\}/.test(path));

describe.each(about)("%s", (_, route) => {
  test("about other people's things: NOT_FOUND, as about what does not exist", async () => {
    const body = route.body && (bodies[route.operation.operationId] ?? rightBody(route.body));
    const id = route.path.includes("conversation") ? scene.conversationId : scene.messageId;
    for (const theirs of [id, randomUUID(), scene.conversationId.toUpperCase()]) {
      const answer = await ask(route.method, address(route.path, { id: theirs }), body, scene.eve.token);
      expect(answer).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
    }
  });
});

test.each(["GET", "POST"])("odd requests by %s are answered", async (method) => {
  const odd = [
    "/%00",
    "/..%2f..%2fetc%2fpasswd",
    "/users/%ff",
    `/${"x".repeat(5000)}`,
    "/messages/conversation/%00",
    "//",
    "/users?q=%ff",
  ];
  for (const path of odd) await ask(method, `${scene.url}${path}`);
});

test("deep JSON where any object is taken", async () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const body = `{"type":"GROUP","name":"x","participantIds":[],"settings":${deep}}`;
  expect(await ask("POST", `${scene.url}/conversations`, body)).toMatchObject({ status: 400 });
});

test("after all this the same process answers, and nobody, nothing said and no conversation came or went", async () => {
  expect(refusals).toBeGreaterThan(500);
  // A device with an empty language, say, is fine and may stay.
  const { users, conversations, participants, messages, message_ids, reactions } = before;
  expect(await scene.rows()).toMatchObject({
    users,
    conversations,
    participants,
    messages,
    message_ids,
    reactions,
  });
  await scene.expectUnharmed();
});
