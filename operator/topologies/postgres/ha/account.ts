/** What Patroni may do: keep its state in its own ConfigMaps, and label its own pods. */
import type { KubernetesObject, V1Role, V1RoleBinding } from "@kubernetes/client-node";
import { ownedMetadata } from "../../common/object.ts";
import type { Scope } from "../../common/scope.ts";
import { serviceAccount } from "../../common/service-account.ts";

export function patroniAccount(scope: Scope, pods: readonly string[]): KubernetesObject[] {
  const name = scope.names.postgres;
  const metadata = ownedMetadata(scope, name, "postgres");
  const role: V1Role = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata,
    rules: [
      // Neither lists nor creations can be narrowed to names.
      { apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch", "create"] },
      {
        apiGroups: [""],
        resources: ["configmaps"],
        resourceNames: ["config", "leader", "sync", "failover", "failsafe"].map((what) => `${name}-${what}`),
        verbs: ["get", "patch"],
      },
      { apiGroups: [""], resources: ["pods"], verbs: ["list", "watch"] },
      { apiGroups: [""], resources: ["pods"], resourceNames: [...pods], verbs: ["get", "patch"] },
    ],
  };
  const binding: V1RoleBinding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    subjects: [{ kind: "ServiceAccount", name, namespace: scope.namespace }],
  };
  return [serviceAccount(scope, name, "postgres"), role, binding];
}
