/**
 * Firebase Cloud Messaging through firebase-admin, which is loaded only where push is on. Invariants: a batch is
 * sent with one credential; a new credential never waits for batches of the old one, and never cuts them off.
 */
import { createHash } from "node:crypto";
import type { App } from "firebase-admin/app";
import type { Message } from "firebase-admin/messaging";
import type { Logger } from "../telemetry/logger.ts";
import { openApp } from "./app.ts";
import { CredentialError, type CredentialSettings, readCredentials } from "./credentials.ts";
import { judgeFailure, type Outcome } from "./outcome.ts";
import type { ServiceAccount } from "./service-account.ts";

/** Most messages of one `send`. */
export const BATCH = 500;
/** How often files are read again, in ms. */
const RELOAD_EVERY = 5000;
/** Least time between two renewals of the same credentials, in ms. */
const RENEW_EVERY = 2000;
/** How long an app of former credentials is kept: longer than its batches can take, retries included. */
const KEEP_OLD = 300_000;

export interface Fcm extends AsyncDisposable {
  /** Whether there are credentials now. */
  readonly on: boolean;
  /** Sends up to 500 messages; outcomes in their order. Never rejects. */
  send(messages: Message[]): Promise<Outcome[]>;
  /** Reads the credentials again, and forgets the access token: after an "unauthorized". */
  renew(): Promise<void>;
}

interface Current {
  fingerprint: string;
  account: ServiceAccount;
  app: App;
}

/** Connects to Firebase as the settings say; without credentials, or with unusable ones, push is off and the log says so. */
export async function createFcm(config: CredentialSettings, log: Logger): Promise<Fcm> {
  let current: Current | undefined;
  let told: string | undefined;
  let renewableAt = 0;
  const retired = new Set<NodeJS.Timeout>();

  function retire(app: App): void {
    const timer = setTimeout(async () => {
      retired.delete(timer);
      await close(app);
    }, KEEP_OLD).unref();
    retired.add(timer);
  }

  /** Each state once, not at every look. */
  function tell(state: string, level: "info" | "error", fields: object = {}): void {
    if (told === state) return;
    told = state;
    log[level](fields, state);
  }

  async function load(force: boolean): Promise<void> {
    let account: ServiceAccount | undefined;
    try {
      account = await readCredentials(config);
    } catch (error) {
      if (!(error instanceof CredentialError)) throw error;
      // A file that is being written is no reason to stop: what was good stays until something better comes.
      tell(`push ${current ? "goes on with the credentials it had" : "is off"}: ${error.message}`, "error");
      return;
    }
    if (!account) {
      if (current) retire(current.app);
      current = undefined;
      tell(
        "push is off: no credentials (FCM_SERVICE_ACCOUNT_JSON, or FCM_PROJECT_ID, FCM_CLIENT_EMAIL and FCM_PRIVATE_KEY, or FCM_CREDENTIALS_PATH turn it on)",
        "info",
      );
      return;
    }
    const fingerprint = createHash("sha256").update(JSON.stringify(account)).digest("base64url").slice(0, 12);
    if (current?.fingerprint === fingerprint) {
      // Each app costs memory: where nothing has changed, one more in a while will do.
      if (!force || Date.now() < renewableAt) return;
      renewableAt = Date.now() + RENEW_EVERY;
    }
    const app = await openApp(account);
    if (current) retire(current.app);
    current = { fingerprint, account, app };
    tell(`push is on, credentials ${fingerprint}`, "info", {
      project: account.projectId,
      account: account.clientEmail,
    });
  }

  await load(false);
  let loading: Promise<void> | undefined;
  function reload(force: boolean): Promise<void> {
    loading ??= load(force)
      .catch((error: unknown) => log.error({ err: error }, "push credentials could not be read"))
      .finally(() => {
        loading = undefined;
      });
    return loading;
  }
  const timer =
    config.FCM_CREDENTIALS_PATH === undefined
      ? undefined
      : setInterval(() => void reload(false), RELOAD_EVERY).unref();

  return {
    get on() {
      return current !== undefined;
    },
    async send(messages) {
      const { app } = current ?? {};
      if (!app) return messages.map(() => ({ kind: "unauthorized", reason: "push is off" }));
      try {
        const { getMessaging } = await import("firebase-admin/messaging");
        const { responses } = await getMessaging(app).sendEach(messages);
        return responses.map((response) =>
          response.success ? { kind: "sent" } : judgeFailure(response.error, Date.now()),
        );
      } catch (error) {
        return messages.map(() => judgeFailure(error, Date.now()));
      }
    },
    renew: () => reload(true),
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const old of retired) clearTimeout(old);
      if (current) await close(current.app);
    },
  };
}

async function close(app: App): Promise<void> {
  const { deleteApp } = await import("firebase-admin/app");
  await deleteApp(app).catch(() => {});
}
