/** firebase-admin itself, unmodified, against the local server that plays Google. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { type FcmErrorCode, fcmError, frontError } from "../testing/fcm/faults.ts";
import { type FcmServer, startFcm } from "../testing/fcm/server.ts";
import type { CredentialSettings } from "./credentials.ts";
import { createFcm, type Fcm } from "./fcm.ts";
import { clear, type Notification, notify } from "./notification.ts";

const log = pino({ level: "silent" });
const token = (name: string) => `${name}:APA91b${"x".repeat(100)}`;
const settings = (more: Partial<CredentialSettings>): CredentialSettings => ({
  FCM_SERVICE_ACCOUNT_JSON: undefined,
  FCM_PROJECT_ID: undefined,
  FCM_CLIENT_EMAIL: undefined,
  FCM_PRIVATE_KEY: undefined,
  FCM_CREDENTIALS_PATH: undefined,
  ...more,
});

let google: FcmServer;
let restore: () => void;
let account: ReturnType<FcmServer["oauth"]["createKey"]>;
let fcm: Fcm;
beforeAll(async () => {
  google = await startFcm();
  restore = google.redirect();
  account = google.oauth.createKey();
  fcm = await createFcm(settings({ FCM_SERVICE_ACCOUNT_JSON: JSON.stringify(account) }), log);
});
afterEach(() => {
  google.state.fault = undefined;
});
afterAll(async () => {
  await fcm[Symbol.asyncDispose]();
  restore();
  await google[Symbol.asyncDispose]();
});

const about: Notification = {
  messageId: "0b0e7d2e-97f0-4b9d-a9ff-0e6dd3a3a111",
  conversationId: "5f0e7d2e-97f0-4b9d-a9ff-0e6dd3a3a222",
  seq: 7,
  senderId: "ann",
  senderName: "Ann",
  groupName: null,
  language: "de",
  type: "TEXT",
  content: "Hallo ".repeat(500),
  isEncrypted: false,
  hideContent: false,
  sentAt: new Date(),
  badge: 3,
};
const delivery = () => ({ now: Date.now(), ttl: 86_400_000, link: "https://chat.example.org" });

describe.each(["android", "ios", "web"] as const)("%s", (platform) => {
  test("notification and clearing are what Firebase takes, and one replaces the other on the screen", async () => {
    const target = { pushToken: token(platform), platform };
    expect(await fcm.send([notify(target, about, delivery())])).toEqual([{ kind: "sent" }]);
    const screen = google.screens.of(target.pushToken);
    expect([...screen.notifications.keys()]).toEqual([about.conversationId]);
    expect(screen.notifications.get(about.conversationId)?.title).toBe("Neue Nachricht von Ann");
    expect(screen.badge).toBe(3);
    const { conversationId } = about;
    expect(await fcm.send([clear(target, { conversationId, badge: 0 }, delivery())])).toEqual([
      { kind: "sent" },
    ]);
    expect(screen).toMatchObject({ notifications: new Map(), badge: 0 });
    expect(await fcm.send([clear(target, { conversationId: null, badge: 5 }, delivery())])).toEqual([
      { kind: "sent" },
    ]);
    expect(screen.badge).toBe(5);
    expect(screen.received.map((entry) => entry.visible)).toEqual([true, false, false]);
  });

  test("the longest names and texts of any script fit", async () => {
    const long = {
      ...about,
      senderName: "𝔘".repeat(200),
      groupName: "組".repeat(200),
      content: "👩‍👩‍👧‍👦".repeat(1000),
    };
    const target = { pushToken: token(`long-${platform}`), platform };
    expect(await fcm.send([notify(target, long, delivery())])).toEqual([{ kind: "sent" }]);
  });
});

const target = { pushToken: token("errors"), platform: "android" as const };
const sendOne = async () => (await fcm.send([notify(target, about, delivery())]))[0];

describe("errors of Firebase", () => {
  test.each<[FcmErrorCode, object]>([
    ["UNREGISTERED", { kind: "gone" }],
    ["INVALID_ARGUMENT", { kind: "gone" }],
    ["SENDER_ID_MISMATCH", { kind: "refused" }],
    ["THIRD_PARTY_AUTH_ERROR", { kind: "refused" }],
    ["QUOTA_EXCEEDED", { kind: "later", limited: true }],
    ["INTERNAL", { kind: "later", limited: false }],
    ["UNSPECIFIED_ERROR", { kind: "later", limited: false }],
  ])("%s", async (code, outcome) => {
    google.state.fault = () => fcmError(code);
    expect(await sendOne()).toMatchObject(outcome);
  });

  test("UNAVAILABLE for long; Retry-After is handed on", async () => {
    google.state.fault = () => fcmError("UNAVAILABLE", { retryAfter: 120 });
    expect(await sendOne()).toEqual({ kind: "later", limited: false, after: 120_000 });
    google.state.fault = () => fcmError("QUOTA_EXCEEDED", { retryAfter: 30 });
    expect(await sendOne()).toEqual({ kind: "later", limited: true, after: 30_000 });
  });

  test("a payload that is refused, a wrong project, and a broken answer never cost a device its token", async () => {
    google.state.fault = () => fcmError("INVALID_ARGUMENT", { field: "message.android.ttl" });
    expect(await sendOne()).toMatchObject({ kind: "refused" });
    google.state.fault = () => frontError(400, "INVALID_ARGUMENT", "Invalid JSON payload", "message.datas");
    expect(await sendOne()).toMatchObject({ kind: "refused" });
    // firebase-admin calls this one registration-token-not-registered
    google.state.fault = () => frontError(404, "NOT_FOUND", "Requested entity was not found.");
    expect(await sendOne()).toMatchObject({ kind: "unauthorized" });
    google.state.fault = () => ({ status: 502, body: "<html>Bad gateway" });
    expect(await sendOne()).toMatchObject({ kind: "later" });
    google.state.fault = () => ({ status: 200, body: "", reset: true });
    expect(await sendOne()).toMatchObject({ kind: "later" });
  });

  test("a token that is none is gone", async () => {
    const [outcome] = await fcm.send([notify({ ...target, pushToken: "short" }, about, delivery())]);
    expect(outcome).toEqual({ kind: "gone" });
  });

  test("500 in one batch, each with its own outcome", { timeout: 30_000 }, async () => {
    google.state.fault = (message) =>
      message.token.startsWith("bad") ? fcmError("UNREGISTERED") : undefined;
    const names = Array.from({ length: 500 }, (_, i) => token(i % 5 === 0 ? `bad${i}` : `good${i}`));
    const messages = names.map((pushToken) => notify({ ...target, pushToken }, about, delivery()));
    const outcomes = await fcm.send(messages);
    expect(outcomes.map((outcome) => outcome.kind === "gone")).toEqual(names.map((_, i) => i % 5 === 0));
  });
});

describe("credentials", () => {
  test("three variables do, with escaped line breaks as well", async () => {
    await using other = await createFcm(
      settings({
        FCM_PROJECT_ID: account.project_id,
        FCM_CLIENT_EMAIL: account.client_email,
        FCM_PRIVATE_KEY: account.private_key.replaceAll("\n", "\\n"),
      }),
      log,
    );
    expect(await other.send([notify(target, about, delivery())])).toEqual([{ kind: "sent" }]);
  });

  test.each<[string, Partial<CredentialSettings>, string]>([
    ["none", {}, "no credentials"],
    ["no JSON", { FCM_SERVICE_ACCOUNT_JSON: "{private" }, "is not JSON"],
    ["an empty object", { FCM_SERVICE_ACCOUNT_JSON: "{}" }, "lacks project_id, client_email, private_key"],
    ["two of three", { FCM_PROJECT_ID: "p", FCM_CLIENT_EMAIL: "e" }, "FCM_PRIVATE_KEY missing"],
    [
      "a broken key",
      { FCM_PROJECT_ID: "p", FCM_CLIENT_EMAIL: "e", FCM_PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----\nsecret" },
      "no RSA private key",
    ],
  ])("with %s push is off, and one line says so", async (_name, given, line) => {
    const lines: string[] = [];
    const spy = pino({ level: "info" }, { write: (text: string) => void lines.push(text) });
    await using other = await createFcm(settings(given), spy);
    expect(other.on).toBe(false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(line);
    expect(lines[0]).not.toContain("secret");
    expect(await other.send([notify(target, about, delivery())])).toMatchObject([{ kind: "unauthorized" }]);
  });

  test("an access token that Google takes back is renewed", async () => {
    expect(await sendOne()).toEqual({ kind: "sent" });
    google.oauth.revokeTokens();
    expect(await sendOne()).toMatchObject({ kind: "unauthorized" });
    await fcm.renew();
    expect(await sendOne()).toEqual({ kind: "sent" });
  });

  test("a new file is taken up; a half-written one changes nothing", { timeout: 30_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "fcm-"));
    const path = join(folder, "service-account.json");
    await using other = await createFcm(settings({ FCM_CREDENTIALS_PATH: folder }), log);
    expect(other.on).toBe(false);
    const first = google.oauth.createKey();
    await writeFile(path, JSON.stringify(first));
    await vi.waitFor(() => expect(other.on).toBe(true), { timeout: 10_000, interval: 100 });
    expect(await other.send([notify(target, about, delivery())])).toEqual([{ kind: "sent" }]);
    await writeFile(path, JSON.stringify(first).slice(0, 50));
    await other.renew();
    expect(await other.send([notify(target, about, delivery())])).toEqual([{ kind: "sent" }]);
    const second = google.oauth.createKey();
    google.oauth.revokeKey(first.private_key_id);
    await writeFile(path, JSON.stringify(second));
    await other.renew();
    expect(await other.send([notify(target, about, delivery())])).toEqual([{ kind: "sent" }]);
    await rm(folder, { recursive: true });
  });
});
