import { afterAll, expect, test } from "vitest";
import type { ClientConfig } from "../../protocol/client-config.ts";
import { api } from "../../testing/client/api.ts";
import { testDatabase } from "../../testing/pg/test-database.ts";
import { startTestApp } from "./testing-app.ts";

const database = await testDatabase();
afterAll(() => database[Symbol.asyncDispose]());

const firebase = { apiKey: "k", projectId: "p", messagingSenderId: "1", appId: "a" };

async function configWith(settings: Record<string, string>): Promise<{ config: ClientConfig; log: string }> {
  await using app = await startTestApp(database.url, { settings });
  const { status, body } = await api(app.url).get<ClientConfig>("/client-config");
  expect(status).toBe(200);
  return { config: body, log: app.log() };
}

test("anybody is told the limits, and that there is no push without its settings", async () => {
  const { config, log } = await configWith({
    MAX_FILE_SIZE: "5MB",
    MAX_MESSAGE_LENGTH: "1234",
    ATTACHMENTS_PATH: "/tmp/attachments",
  });
  expect(config).toEqual({
    registration: true,
    maxMessageLength: 1234,
    maxFileSize: 5 * 2 ** 20,
    push: null,
  });
  expect(log).not.toContain("notifications");
});

test("where nothing keeps attachments, no file is small enough", async () => {
  expect((await configWith({})).config.maxFileSize).toBe(0);
});

test("the web app's options are passed on, and nothing else that the JSON holds", async () => {
  const FCM_WEB_CONFIG = JSON.stringify({ ...firebase, private_key: "oops" });
  const { config } = await configWith({ FCM_WEB_CONFIG, FCM_VAPID_KEY: "v" });
  expect(config.push).toEqual({ firebase, vapidKey: "v" });
});

test.each([
  ["half of it", { FCM_VAPID_KEY: "v" }],
  ["no JSON", { FCM_WEB_CONFIG: "{", FCM_VAPID_KEY: "v" }],
  [
    "a service account",
    { FCM_WEB_CONFIG: '{"type":"service_account","private_key":"oops"}', FCM_VAPID_KEY: "v" },
  ],
])("%s turns nothing on, and the log says what to do without saying what it holds", async (_, settings) => {
  const { config, log } = await configWith(settings);
  expect(config.push).toBeNull();
  expect(log).toContain("notifications in browsers are off");
  expect(log).not.toContain("oops");
});
