/** What a Firebase service account must hold, wherever it comes from: settings, files, a Secret. Pure. */
import { createPrivateKey } from "node:crypto";
import * as z from "zod";

export interface ServiceAccount {
  projectId: string;
  clientEmail: string;
  privateKey: string;
}

/** An account, or what is wrong with what was given: "lacks project_id". It never holds any of it. */
export type ReadAccount = { account: ServiceAccount; problem?: never } | { account?: never; problem: string };

/** Names in a folder or a Secret: the console's file, or three of its fields. */
export const JSON_FILE = "service-account.json";
export const PART_FILES = ["project-id", "client-email", "private-key"] as const;

const ServiceAccountJson = z.object({
  project_id: z.string().min(1),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
});

/** From the contents of the console's file. */
export function accountFromJson(text: string): ReadAccount {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { problem: "is not JSON" };
  }
  const parsed = ServiceAccountJson.safeParse(json);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join(".") || "all");
    return { problem: `lacks ${fields.join(", ")}` };
  }
  const { project_id: projectId, client_email: clientEmail, private_key: privateKey } = parsed.data;
  return accountFromParts({ projectId, clientEmail, privateKey });
}

/** From its fields; line breaks of the key may have become `\n`, as in an environment variable. */
export function accountFromParts(account: ServiceAccount): ReadAccount {
  const privateKey = account.privateKey.replaceAll("\\n", "\n");
  try {
    if (createPrivateKey(privateKey).asymmetricKeyType === "rsa")
      return { account: { ...account, privateKey } };
  } catch {
    // said below, without what the library quotes of the key
  }
  return { problem: "holds no RSA private key in PEM format" };
}
