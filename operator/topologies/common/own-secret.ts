/** Our own Secrets: made once, never overwritten, since a person may have put in others' values. */
import type { V1Secret } from "@kubernetes/client-node";
import { type Component, labels } from "./labels.ts";
import { type Problem, waiting } from "./problem.ts";
import type { Scope } from "./scope.ts";
import { readAddress, readSecret } from "./secret.ts";
import type { StoreStatus } from "./store.ts";
import { passwordsOf } from "./url-password.ts";

/** The state of a store while a Secret of its own is still to be made, the first of `names` that is not there. */
export function awaitedSecret(scope: Scope, ...names: string[]): StoreStatus | undefined {
  const name = names.find((one) => !scope.observed.secrets.has(one));
  if (name === undefined) return undefined;
  return { health: waiting("Waiting", `The Secret "${name}" is being made`), usable: false };
}

/** What is wrong with the Secret of a store of ours: `password` is what the store takes, `url` what clients use. */
export function ownStoreProblem(
  scope: Scope,
  name: string,
  protocols: readonly string[],
  example: string,
): Problem | undefined {
  const password = readSecret(scope, { name, key: "password" }, "PASSWORD");
  if (password.problem) return password.problem;
  const address = readAddress(scope, { name, key: "url" }, protocols, example);
  if (address.problem) return address.problem;
  if (address.url && passwordsOf(address.url).includes(password.value)) return undefined;
  return {
    reason: "SecretInvalid",
    message:
      `The Secret "${name}" has another password in its key "url" than in "password", so clients are refused: set both ` +
      `(kubectl -n ${scope.namespace} edit secret ${name})`,
  };
}

/** A Secret that is created if it is absent and never changed afterwards. Its owner is set by `secretMetadata`. */
export function generatedSecret(
  scope: Scope,
  name: string,
  component: Component,
  values: Readonly<Record<string, string>>,
): V1Secret {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: scope.namespace, labels: labels(scope.name, component) },
    type: "Opaque",
    data: Object.fromEntries(
      Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    ),
  };
}

/**
 * What the operator keeps right about a generated Secret that is there: labels, and the owner if it is to go with the
 * ChatCluster. Never its contents. The uid makes the write fail if the Secret has gone meanwhile, instead of
 * creating an empty one.
 */
export function secretMetadata(scope: Scope, name: string, component: Component): V1Secret[] {
  const uid = scope.observed.secrets.get(name)?.metadata?.uid;
  if (uid === undefined) return [];
  return [
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name,
        namespace: scope.namespace,
        uid,
        labels: labels(scope.name, component),
        ...(scope.spec.deletionPolicy === "Delete" && { ownerReferences: [scope.owner] }),
      },
    },
  ];
}
