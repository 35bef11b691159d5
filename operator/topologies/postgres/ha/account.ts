/** What Patroni may do: keep its state in its own ConfigMaps, and label its own pods. */
import type { KubernetesObject } from "@kubernetes/client-node";
import type { Scope } from "../../common/scope.ts";
import { accountWithRole } from "../../common/service-account.ts";

export function patroniAccount(scope: Scope, pods: readonly string[]): KubernetesObject[] {
  const name = scope.names.postgres;
  return accountWithRole(scope, name, "postgres", [
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
  ]);
}
