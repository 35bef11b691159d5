/** The key that signs access tokens: a person's Secret, or one that is made once. */
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import { generatedSecret, secretMetadata } from "../common/own-secret.ts";
import type { Problem } from "../common/problem.ts";
import type { Scope } from "../common/scope.ts";
import { readSecret, type SecretKey } from "../common/secret.ts";

const KEY = "jwt-secret";
/** As the programs demand: HS256 wants as much. */
const LEAST_LENGTH = 32;

export interface Auth {
  key: SecretKey;
  generated: V1Secret[];
  objects: KubernetesObject[];
  problem?: Problem;
}

export function auth(scope: Scope): Auth {
  const own = scope.spec.auth.secretRef;
  const key = own ?? { name: scope.names.auth, key: KEY };
  if (!own && !scope.observed.secrets.has(key.name)) {
    const secret = generatedSecret(scope, key.name, "settings", { [KEY]: scope.context.random(48) });
    const message = `The Secret "${key.name}" is being made.`;
    return { key, generated: [secret], objects: [], problem: { reason: "Waiting", message, progress: true } };
  }
  const problem = check(scope, key);
  return {
    key,
    generated: [],
    objects: own ? [] : secretMetadata(scope, key.name, "settings"),
    ...(problem && { problem }),
  };
}

function check(scope: Scope, key: SecretKey): Problem | undefined {
  const read = readSecret(scope, key, "$(openssl rand -hex 32)");
  if (read.problem) return read.problem;
  if (read.value.length >= LEAST_LENGTH) return undefined;
  return {
    reason: "SecretInvalid",
    message:
      `The key "${key.key}" of the Secret "${key.name}" is shorter than ${LEAST_LENGTH} characters, too weak to sign tokens with. ` +
      `Replace it: kubectl -n ${scope.namespace} patch secret ${key.name} -p "{\\"stringData\\":{\\"${key.key}\\":\\"$(openssl rand -hex 32)\\"}}"`,
  };
}
