/** Where the service account comes from: settings, or files that may change under our feet. */
import { createPrivateKey } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Config } from "../config/settings.ts";

export interface ServiceAccount {
  projectId: string;
  clientEmail: string;
  privateKey: string;
}

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

const JSON_FILE = "service-account.json";
const HINT = "take the JSON that the Firebase console gives for a service account";

const ServiceAccountJson = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
});

/**
 * The service account that push is to use now; undefined when there is none, and push is off.
 * @throws CredentialError
 */
export async function readCredentials(config: CredentialSettings): Promise<ServiceAccount | undefined> {
  if (config.FCM_CREDENTIALS_PATH !== undefined) return fromPath(config.FCM_CREDENTIALS_PATH);
  if (config.FCM_SERVICE_ACCOUNT_JSON !== undefined)
    return fromJson(config.FCM_SERVICE_ACCOUNT_JSON, "FCM_SERVICE_ACCOUNT_JSON");
  const names = ["FCM_PROJECT_ID", "FCM_CLIENT_EMAIL", "FCM_PRIVATE_KEY"] as const;
  return fromParts(names.map((name) => [name, config[name]] as const));
}

async function fromPath(path: string): Promise<ServiceAccount | undefined> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, JSON_FILE) : path;
  const json = await readText(file);
  if (json !== undefined) return fromJson(json, file);
  if (!isFolder) return undefined;
  const names = ["project-id", "client-email", "private-key"];
  return fromParts(
    await Promise.all(
      names.map(async (name) => [join(path, name), (await readText(join(path, name)))?.trim()] as const),
    ),
  );
}

function fromParts(parts: readonly (readonly [name: string, value: string | undefined])[]) {
  const missing = parts.filter(([, value]) => !value).map(([name]) => name);
  if (missing.length === parts.length) return undefined;
  if (missing.length > 0)
    throw new CredentialError(`${missing.join(" and ")} missing: give all three, or ${HINT}`);
  const [projectId = "", clientEmail = "", privateKey = ""] = parts.map(([, value]) => value ?? "");
  return checked({ projectId, clientEmail, privateKey }, parts[2]?.[0] ?? "");
}

function fromJson(text: string, where: string): ServiceAccount {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new CredentialError(`${where} is not JSON: ${HINT}`);
  }
  const parsed = ServiceAccountJson.safeParse(json);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "all");
    throw new CredentialError(`${where} lacks ${fields.join(", ")}: ${HINT}`);
  }
  const { project_id: projectId, client_email: clientEmail, private_key: privateKey } = parsed.data;
  return checked({ projectId, clientEmail, privateKey }, where);
}

/** With the line breaks that an environment variable may have lost. */
function checked(account: ServiceAccount, where: string): ServiceAccount {
  const privateKey = account.privateKey.replaceAll("\\n", "\n");
  try {
    if (createPrivateKey(privateKey).asymmetricKeyType === "rsa") return { ...account, privateKey };
  } catch {
    // said below, without what the library quotes of the key
  }
  throw new CredentialError(`${where} holds no RSA private key in PEM format: ${HINT}`);
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
