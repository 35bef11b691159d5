/** Secrets are read and checked: what is wrong is said with the command that mends it. */
import type { Problem } from "./problem.ts";
import type { Scope } from "./scope.ts";

export interface SecretKey {
  name: string;
  key: string;
}

export type SecretValue = { value: string; problem?: never } | { value?: never; problem: Problem };

/** The value of a Secret's key, undefined when either is not there. */
export function peekSecret(scope: Pick<Scope, "observed">, { name, key }: SecretKey): string | undefined {
  const encoded = scope.observed.secrets.get(name)?.data?.[key];
  return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
}

/** For a shell that shall run the commands in it, and none else. */
function quoted(text: string): string {
  return text.includes("$(") ? `"${text.replaceAll('"', '\\"')}"` : `'${text}'`;
}

/**
 * The value of a Secret's key, or what is wrong with it and the command that mends it.
 * @param example what a value looks like, for that command.
 */
export function readSecret(scope: Scope, ref: SecretKey, example: string): SecretValue {
  const secret = scope.observed.secrets.get(ref.name);
  if (!secret)
    return {
      problem: {
        reason: "SecretMissing",
        message:
          `The Secret "${ref.name}" is not there. Create it: kubectl -n ${scope.namespace} create secret generic ` +
          `${ref.name} --from-literal=${ref.key}=${quoted(example)}`,
      },
    };
  const value = peekSecret(scope, ref);
  if (value) return { value };
  const keys = Object.keys(secret.data ?? {}).sort();
  return {
    problem: {
      reason: "SecretKeyMissing",
      message:
        `The Secret "${ref.name}" has no key "${ref.key}" (${keys.length > 0 ? `it has: ${keys.join(", ")}` : "it is empty"}). ` +
        `Add it: kubectl -n ${scope.namespace} patch secret ${ref.name} -p ${quoted(`{"stringData":{"${ref.key}":"${example}"}}`)}`,
    },
  };
}

/** As readSecret, for an address: it must parse, and have one of the `protocols` ("postgres:"). */
export function readAddress(
  scope: Scope,
  ref: SecretKey,
  protocols: readonly string[],
  example: string,
): SecretValue & { url?: URL } {
  const read = readSecret(scope, ref, example);
  if (read.problem) return read;
  const url = URL.canParse(read.value) ? new URL(read.value) : undefined;
  if (url && protocols.includes(url.protocol) && url.hostname) return { ...read, url };
  return {
    problem: {
      reason: "SecretInvalid",
      message:
        `The key "${ref.key}" of the Secret "${ref.name}" is no address of the form ${example}: correct it ` +
        "(signs such as @ : / within a password must be percent-encoded, and there is no line break at the end)",
    },
  };
}
