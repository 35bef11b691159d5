/** Whether the credentials for push notifications are there and look like a service account. */
import { type Health, healthy, type Problem, unhealthy } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { peekSecret } from "../common/secret.ts";

const FILE = "service-account.json";
const KEYS = { project_id: "project-id", client_email: "client-email", private_key: "private-key" } as const;
type Field = keyof typeof KEYS;
const fields = Object.keys(KEYS) as Field[];

export function pushStatus(scope: Scope): Health {
  const name = scope.spec.push?.secretRef.name;
  if (name === undefined)
    return unhealthy({
      reason: "NotConfigured",
      message: `push is off: to turn it on, put a Firebase service account into a Secret (kubectl -n ${scope.namespace} create secret generic my-push --from-file=${FILE}) and name it in spec.push.secretRef`,
      progress: true,
    });
  if (!scope.observed.secrets.has(name))
    return unhealthy({
      reason: "SecretMissing",
      message: `The Secret "${name}" is not there. Create it: kubectl -n ${scope.namespace} create secret generic ${name} --from-file=${FILE}`,
    });
  const account = serviceAccount(scope, name);
  if ("problem" in account) return unhealthy(account.problem);
  return healthy(
    "Configured",
    `Push notifications are sent for the Firebase project "${account.project_id}"`,
  );
}

function serviceAccount(scope: Scope, name: string): Record<Field, string> | { problem: Problem } {
  const invalid = (what: string) => ({
    problem: {
      reason: "SecretInvalid",
      message: `The Secret "${name}" of spec.push is not usable: ${what}. Take the file that the Firebase console gives for a service account: kubectl -n ${scope.namespace} create secret generic ${name} --from-file=${FILE} --dry-run=client -o yaml | kubectl apply -f -`,
    },
  });
  const file = peekSecret(scope, { name, key: FILE });
  const found = file === undefined ? separateKeys(scope, name) : parse(file);
  if (found === undefined) return invalid(`${FILE} is no JSON object`);
  const missing = fields.filter((field) => typeof found[field] !== "string" || found[field] === "");
  if (missing.length > 0)
    return invalid(
      file === undefined
        ? `it has neither ${FILE} nor ${missing.map((field) => KEYS[field]).join(", ")}`
        : `${FILE} lacks ${missing.join(", ")}`,
    );
  const account = found as Record<Field, string>;
  if (!account.private_key.includes("PRIVATE KEY")) return invalid("its private key is not in PEM format");
  return account;
}

function separateKeys(scope: Scope, name: string): Partial<Record<Field, unknown>> {
  return Object.fromEntries(fields.map((field) => [field, peekSecret(scope, { name, key: KEYS[field] })]));
}

function parse(text: string): Partial<Record<Field, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return value !== null && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
