import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { clientEvents } from "../../src/protocol/client-events.ts";
import { serverEvents } from "../../src/protocol/server-events.ts";
import { asyncApiDocument } from "./asyncapi.ts";
import { eventsPage } from "./events-page.ts";

/** The contract's table: what clients may say, and what answers them. */
const contract = {
  client: {
    NEW_MESSAGE: "MESSAGE_SENT",
    MESSAGE_DELIVERED: null,
    MESSAGE_READ: "MESSAGE_READ_UPDATE",
    EDIT_MESSAGE: "MESSAGE_EDITED",
    DELETE_MESSAGE: "MESSAGE_DELETED",
    ADD_REACTION: "REACTION_ADDED",
    REMOVE_REACTION: "REACTION_REMOVED",
    TYPING_START: null,
    TYPING_STOP: null,
    GET_ONLINE_USERS: "ONLINE_USERS",
    SYNC: "SYNC",
    HEALTH_CHECK: "HEALTH_RESPONSE",
  },
  server: [
    "NEW_MESSAGE",
    "MESSAGE_SENT",
    "MESSAGE_DELIVERED_UPDATE",
    "MESSAGE_READ_UPDATE",
    "MESSAGE_EDITED",
    "MESSAGE_DELETED",
    "REACTION_ADDED",
    "REACTION_REMOVED",
    "USER_TYPING",
    "ONLINE_USERS",
    "HEALTH_RESPONSE",
    "CONNECTION_SUCCESS",
    "CONNECTION_ERROR",
    "USER_ONLINE",
    "USER_OFFLINE",
    "USER_PRESENCE_UPDATE",
    "CONVERSATION_UPDATED",
    "PARTICIPANT_ADDED",
    "PARTICIPANT_REMOVED",
    "MODERATION_FLAGGED",
    "RATE_LIMIT_EXCEEDED",
    "ERROR",
    "FORCE_DISCONNECT",
    "RECONNECT",
  ],
};

const document = asyncApiDocument();

test("the document is valid AsyncAPI", async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  // 0 is an error; the one warning is that 3.1 exists.
  expect(diagnostics.filter((diagnostic) => diagnostic.severity === 0)).toEqual([]);
  expect(parsed?.version()).toBe("3.0.0");
  expect(parsed?.operations().all().length).toBe(
    Object.keys(clientEvents).length + Object.keys(serverEvents).length,
  );
}, 30_000);

test("every client event of the contract is received and answered as it says", () => {
  for (const [event, answer] of Object.entries(contract.client)) {
    const operation = document.operations[`receive.${event}`];
    const answers = operation?.reply?.messages.map(({ $ref }) => $ref.split("/").at(-1)) ?? [];
    expect(answers, event).toContain(`${event}.ack`);
    expect(answers, event).toContain("ERROR");
    expect(answers, event).toContain("RATE_LIMIT_EXCEEDED");
    if (answer !== null) expect(answers, event).toContain(answer);
    expect(answers, event).toHaveLength(answer === null ? 3 : 4);
  }
  expect(Object.keys(clientEvents).sort()).toEqual(Object.keys(contract.client).sort());
});

test("every server event of the contract is sent", () => {
  for (const event of contract.server) expect(document.operations, event).toHaveProperty([`send.${event}`]);
});

test("every reference leads somewhere", () => {
  for (const [, path] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let target: unknown = document;
    for (const step of (path ?? "").split("/")) target = (target as Record<string, unknown>)?.[step];
    expect(target, path).toBeDefined();
  }
});

test("the readable page has every event", () => {
  const page = eventsPage();
  for (const event of Object.keys(clientEvents)) expect(page).toContain(`### Client: ${event}\n`);
  for (const event of Object.keys(serverEvents)) expect(page).toContain(`### ${event}\n`);
});
