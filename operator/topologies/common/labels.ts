export type Component =
  | "gateway"
  | "worker"
  | "redis"
  | "sentinel"
  | "postgres"
  | "migrate"
  | "settings"
  | "backup"
  | "backup-job";

/** By this label the operator watches and prunes what it made. */
export const OWNER_LABEL = "nexus.chat/cluster";
/** Rolls pods when settings or secrets change. */
export const CONFIG_HASH = "nexus.chat/config-hash";

/** What selects a component's pods. It must never change: selectors of Deployments and StatefulSets cannot. */
export function selectorLabels(cluster: string, component: Component): Record<string, string> {
  return {
    "app.kubernetes.io/name": "nexus",
    "app.kubernetes.io/instance": cluster,
    "app.kubernetes.io/component": component,
  };
}

/** What every owned object carries. */
export function labels(cluster: string, component: Component): Record<string, string> {
  return {
    ...selectorLabels(cluster, component),
    "app.kubernetes.io/part-of": "nexus",
    "app.kubernetes.io/managed-by": "nexus-operator",
    [OWNER_LABEL]: cluster,
  };
}
