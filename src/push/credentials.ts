/** Where the service account comes from: settings, or files that may change under our feet. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config/settings.ts";
import {
  accountFromJson,
  accountFromParts,
  JSON_FILE,
  PART_FILES,
  type ReadAccount,
  type ServiceAccount,
} from "./service-account.ts";

export type CredentialSettings = Pick<
  Config,
  | "FCM_SERVICE_ACCOUNT_JSON"
  | "FCM_PROJECT_ID"
  | "FCM_CLIENT_EMAIL"
  | "FCM_PRIVATE_KEY"
  | "FCM_CREDENTIALS_PATH"
>;

/** Credentials that are there but cannot be used; the message says why, and never holds the key. */
export class CredentialError extends Error {
  override readonly name = "CredentialError";
}

const HINT = "take the JSON that the Firebase console gives for a service account";

/**
 * The service account that push is to use now; undefined when there is none, and push is off.
 * @throws CredentialError
 */
export async function readCredentials(config: CredentialSettings): Promise<ServiceAccount | undefined> {
  if (config.FCM_CREDENTIALS_PATH !== undefined) return fromPath(config.FCM_CREDENTIALS_PATH);
  if (config.FCM_SERVICE_ACCOUNT_JSON !== undefined)
    return checked(accountFromJson(config.FCM_SERVICE_ACCOUNT_JSON), "FCM_SERVICE_ACCOUNT_JSON");
  const names = ["FCM_PROJECT_ID", "FCM_CLIENT_EMAIL", "FCM_PRIVATE_KEY"] as const;
  return fromParts(names.map((name) => [name, config[name]] as const));
}

async function fromPath(path: string): Promise<ServiceAccount | undefined> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, JSON_FILE) : path;
  const json = await readText(file);
  if (json !== undefined) return checked(accountFromJson(json), file);
  if (!isFolder) return undefined;
  return fromParts(
    await Promise.all(
      PART_FILES.map(async (name) => [join(path, name), (await readText(join(path, name)))?.trim()] as const),
    ),
  );
}

function fromParts(parts: readonly (readonly [name: string, value: string | undefined])[]) {
  const missing = parts.filter(([, value]) => !value).map(([name]) => name);
  if (missing.length === parts.length) return undefined;
  if (missing.length > 0)
    throw new CredentialError(`${missing.join(" and ")} missing: give all three, or ${HINT}`);
  const [projectId = "", clientEmail = "", privateKey = ""] = parts.map(([, value]) => value ?? "");
  return checked(accountFromParts({ projectId, clientEmail, privateKey }), parts[2]?.[0] ?? "");
}

function checked({ account, problem }: ReadAccount, where: string): ServiceAccount {
  if (account) return account;
  throw new CredentialError(`${where} ${problem}: ${HINT}`);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw new CredentialError(`${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}
