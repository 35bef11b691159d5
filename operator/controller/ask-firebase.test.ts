/** The check as a process, with firebase-admin itself, against the local server that plays Google. */
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fcmError } from "../../src/testing/fcm/faults.ts";
import { createOAuth } from "../../src/testing/fcm/oauth.ts";
import { type FcmServer, startFcm } from "../../src/testing/fcm/server.ts";
import { askFirebase } from "./ask-firebase.ts";

let google: FcmServer;
let account: { projectId: string; clientEmail: string; privateKey: string };

beforeAll(async () => {
  google = await startFcm();
  const file = google.oauth.createKey();
  account = {
    projectId: file.project_id,
    clientEmail: file.client_email,
    privateKey: file.private_key,
  };
  for (const [name, value] of Object.entries(google.env)) vi.stubEnv(name, value);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await google[Symbol.asyncDispose]();
});

const ask = (more: Partial<typeof account> = {}) =>
  askFirebase({ ...account, ...more }, new AbortController().signal);

test("a good account is taken, and nobody is sent anything", async () => {
  expect(await ask()).toEqual({ kind: "accepted" });
  expect(google.state.validated).toBe(1);
  expect(google.screens.all.size).toBe(0);
});

test("another's key is refused", async () => {
  const { private_key: privateKey } = createOAuth(account.projectId).createKey();
  expect(await ask({ privateKey })).toEqual({ kind: "refused", code: "invalid_grant" });
});

test("another's project is denied", async () => {
  expect(await ask({ projectId: "another" })).toEqual({ kind: "denied", code: "PERMISSION_DENIED" });
});

test("an answer that says nothing of the account is none", async () => {
  google.state.fault = () => fcmError("INTERNAL");
  try {
    expect(await ask()).toMatchObject({ kind: "unreachable" });
  } finally {
    google.state.fault = undefined;
  }
});

test("without a way to Google it is unreachable, and what is no longer wanted ends at once", async () => {
  vi.stubEnv("FAKE_FCM", JSON.stringify({ port: 1, ca: "" }));
  expect(await ask()).toEqual({ kind: "unreachable", code: "ECONNREFUSED" });
  const stop = new AbortController();
  const asked = askFirebase(account, stop.signal);
  stop.abort();
  expect(await asked).toMatchObject({ kind: "unreachable" });
});
