/** A platform whose worker pushes to the local Google, for one file of tests: people, their phones, and messages over REST. */
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "vitest";
import { type Account, register } from "../client/account.ts";
import { type Api, api } from "../client/api.ts";
import { type Platform, startPlatform } from "../platform/platform.ts";
import type { ServiceAccountFile } from "./oauth.ts";
import type { Screen } from "./screens.ts";
import { type FcmServer, startFcm } from "./server.ts";
import { tokenOf } from "./token.ts";

/** Short, so that tests need not wait, in ms; the rest is as in operation. */
export const PUSH_DELAY = 700;

export interface Sent {
  id: string;
  conversationId: string;
  seq: number;
}

export type PushPlatform = ReturnType<typeof pushPlatform>;

/** Registers the hooks that start and end it. */
export function pushPlatform() {
  let google: FcmServer | undefined;
  let platform: Platform | undefined;
  let folder = "";
  let account: ServiceAccountFile | undefined;

  beforeAll(async () => {
    google = await startFcm();
    folder = await mkdtemp(join(tmpdir(), "push-"));
    await self.giveKey();
    platform = await startPlatform({
      gateways: 2,
      env: {
        ...google.env,
        FCM_CREDENTIALS_PATH: folder,
        PUSH_DELAY: String(PUSH_DELAY),
        PUSH_INTERVAL: "200",
        PRESENCE_GRACE: "300",
      },
    });
  });
  beforeEach(() => {
    self.google.state.latency = 0;
    self.google.state.fault = undefined;
  });
  afterAll(async () => {
    await platform?.[Symbol.asyncDispose]();
    await google?.[Symbol.asyncDispose]();
    if (folder) await rm(folder, { recursive: true });
  });

  const self = {
    get google(): FcmServer {
      if (!google) throw new Error("it is started by beforeAll: use it in tests and hooks");
      return google;
    },
    get worker() {
      if (!platform?.worker) throw new Error("no worker");
      return platform.worker;
    },
    url: (gateway = 0): string => platform?.gateways[gateway]?.url ?? "",
    rest: (who: Account): Api => api(self.url(), who.token),
    person: (name: string): Promise<Account> => register(self.url(), { name }),

    /** Puts a new key where the worker looks for it, in one step, as a mounted Secret changes. */
    async giveKey(): Promise<void> {
      account = self.google.oauth.createKey();
      await writeFile(join(folder, "next"), JSON.stringify(account));
      await rename(join(folder, "next"), join(folder, "service-account.json"));
    },
    /** Revokes the key that the worker has, with all access tokens that it made. */
    revokeKey(): void {
      if (account) self.google.oauth.revokeKey(account.private_key_id);
    },

    /** Registers a push device as an app does; answers what it shows. */
    async phone(who: Account, name: string, more: object = {}): Promise<Screen> {
      const deviceToken = tokenOf(`${name}-${who.id}`);
      const body = { deviceToken, platform: "android", ...more };
      const answer = await self.rest(who).post("/users/fcm/register", body);
      expect(answer).toMatchObject({ status: 200, body: { id: who.id } });
      return self.google.screens.of(deviceToken);
    },

    async send(from: Account, to: Account, content = "hello"): Promise<Sent> {
      const answer = await self.rest(from).post<Sent>("/messages", { receiverId: to.id, content });
      expect(answer.status).toBe(201);
      return answer.body;
    },
  };
  return self;
}
