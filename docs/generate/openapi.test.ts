import { expect, test } from "vitest";
import { openApiDocument } from "./openapi.ts";

/** The contract's REST table; attachments and search belong to a later issue, /metrics to a port of its own. */
const contract = [
  "POST /auth/register",
  "POST /auth/login",
  "POST /auth/refresh",
  "POST /auth/logout",
  "POST /messages",
  "GET /messages/conversation/{id}",
  "GET /messages/conversations/all",
  "GET /conversations",
  "GET /messages/sync",
  "POST /sync",
  "PUT /messages/{id}",
  "DELETE /messages/{id}",
  "GET /messages/{id}/history",
  "POST /messages/{id}/reactions",
  "DELETE /messages/{id}/reactions/{emoji}",
  "POST /messages/{id}/forward",
  "POST /conversations",
  "GET /conversations/{id}",
  "PATCH /conversations/{id}",
  "DELETE /conversations/{id}",
  "POST /conversations/{id}/participants",
  "PATCH /conversations/{id}/participants/{userId}",
  "DELETE /conversations/{id}/participants/{userId}",
  "GET /messages/search",
  "POST /attachments",
  "GET /attachments/{id}",
  "POST /users/fcm/register",
  "POST /users/fcm/unregister",
  "GET /users/me",
  "PATCH /users/me",
  "GET /users",
  "GET /healthz",
  "GET /readyz",
];
const open =
  /^(POST \/auth\/|GET \/healthz|GET \/readyz|GET \/client-config|GET \/attachments\/\{id\}\/content)/;

interface Operation {
  operationId?: string;
  summary?: string;
  security?: unknown[];
  responses: Record<string, unknown>;
}
const document = (await openApiDocument()) as {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
};
const operations = new Map<string, Operation>(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  ),
);

test.each(contract)("%s of the contract is there", (row) => {
  expect(operations.get(row), row).toBeDefined();
});

/** What the contract leaves open, and docs/push.md, docs/attachments.md and the web client tell. */
const besides = [
  "GET /client-config",
  "GET /attachments/{id}/content",
  "GET /users/me/notifications",
  "PATCH /users/me/notifications",
  "GET /messages/{id}/thread",
];

test("and nothing besides, but what is our own to decide", () => {
  expect([...operations.keys()].filter((row) => !contract.includes(row)).sort()).toEqual(besides.sort());
});

test("every operation has a name of its own, a summary and both kinds of failure", () => {
  expect(document.openapi).toBe("3.1.0");
  const names = [...operations.values()].map((operation) => operation.operationId);
  expect(new Set(names).size).toBe(operations.size);
  for (const [row, { summary, responses }] of operations) {
    expect(summary, row).toBeTruthy();
    expect(Object.keys(responses), row).toEqual(expect.arrayContaining(["4XX", "5XX"]));
    expect(
      Object.keys(responses).some((status) => status.startsWith("2")),
      row,
    ).toBe(true);
  }
});

test("who must sign in is told so", () => {
  for (const [row, { security }] of operations)
    expect(security, row).toEqual(open.test(row) ? undefined : [{ bearer: [] }]);
});

test("every reference leads to a component, and every component is used", () => {
  const text = JSON.stringify(document);
  const referred = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((match) => match[1]));
  const { components } = document as unknown as { components: { schemas: object } };
  expect([...referred].sort()).toEqual(Object.keys(components.schemas).sort());
});
