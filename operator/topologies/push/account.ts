import {
  accountFromJson,
  accountFromParts,
  JSON_FILE,
  PART_FILES,
  type ServiceAccount,
} from "../../../src/push/service-account.ts";
import type { Scope } from "../common/scope.ts";
import { peekSecret } from "../common/secret.ts";

/**
 * The account in the Secret of spec.push, or what is wrong with that ("service-account.json is not JSON"); neither
 * where there is no such Secret.
 */
export function pushAccount(scope: Pick<Scope, "spec" | "observed">): {
  account?: ServiceAccount;
  problem?: string;
} {
  const name = scope.spec.push?.secretRef.name;
  if (name === undefined || !scope.observed.secrets.has(name)) return {};
  const json = peekSecret(scope, { name, key: JSON_FILE });
  if (json !== undefined) return about(JSON_FILE, accountFromJson(json));
  const parts = PART_FILES.map((key) => [key, peekSecret(scope, { name, key })?.trim()] as const);
  const missing = parts.filter(([, value]) => !value).map(([key]) => key);
  if (missing.length > 0) return { problem: `it has neither ${JSON_FILE} nor ${missing.join(", ")}` };
  const [projectId = "", clientEmail = "", privateKey = ""] = parts.map(([, value]) => value ?? "");
  return about(PART_FILES[2], accountFromParts({ projectId, clientEmail, privateKey }));
}

function about(key: string, read: ReturnType<typeof accountFromJson>) {
  return read.account ? { account: read.account } : { problem: `${key} ${read.problem}` };
}
