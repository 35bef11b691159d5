import { randomUUID } from "node:crypto";
import type { App } from "firebase-admin/app";
import type { ServiceAccount } from "./service-account.ts";

/** A new app of firebase-admin, which is loaded only now, with an access token of its own. To be deleted by deleteApp. */
export async function openApp(account: ServiceAccount): Promise<App> {
  const { cert, initializeApp } = await import("firebase-admin/app");
  const name = `push-${randomUUID()}`;
  // `cert` answers the same account with the same credential, and its access token, be that good or not: another
  // property makes it another one (14.5, `globalCertCreds`).
  const credential = cert({ ...account, name } as ServiceAccount);
  return initializeApp({ credential, projectId: account.projectId }, name);
}
