import type {
  V1PolicyRule,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
  V1Volume,
} from "@kubernetes/client-node";
import type { Component } from "./labels.ts";
import { ownedMetadata } from "./object.ts";
import type { Scope } from "./scope.ts";

/** An account of its own, without a token unless a pod asks for one. */
export function serviceAccount(scope: Scope, name: string, component: Component): V1ServiceAccount {
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: ownedMetadata(scope, name, component),
    automountServiceAccountToken: false,
  };
}

/** An account that may do what the rules say in the ChatCluster's namespace, with the role and its binding. */
export function accountWithRole(
  scope: Scope,
  name: string,
  component: Component,
  rules: V1PolicyRule[],
): [V1ServiceAccount, V1Role, V1RoleBinding] {
  const group = "rbac.authorization.k8s.io";
  const apiVersion = `${group}/v1`;
  const metadata = ownedMetadata(scope, name, component);
  return [
    serviceAccount(scope, name, component),
    { apiVersion, kind: "Role", metadata, rules },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace: scope.namespace }],
    },
  ];
}

type Projected = NonNullable<V1Volume["projected"]>;

/** Where a container looks for its account. */
export const ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

/** The pod's account, to be mounted where it is used only: the pod itself asks for none. */
export function accountToken(...more: NonNullable<Projected["sources"]>): Projected {
  return {
    defaultMode: 0o440,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3607 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ...more,
    ],
  };
}
