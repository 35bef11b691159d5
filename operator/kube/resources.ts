/** Where each kind that the operator reads or writes is found in the API. A new kind needs a line here, and one in the RBAC. */

export interface Resource {
  apiVersion: string;
  kind: string;
  plural: string;
  namespaced: boolean;
}

const namespaced: Readonly<Record<string, string>> = {
  "v1/ConfigMap": "configmaps",
  "v1/Event": "events",
  "v1/PersistentVolumeClaim": "persistentvolumeclaims",
  "v1/Pod": "pods",
  "v1/Secret": "secrets",
  "v1/Service": "services",
  "v1/ServiceAccount": "serviceaccounts",
  "apps/v1/Deployment": "deployments",
  "apps/v1/StatefulSet": "statefulsets",
  "autoscaling/v2/HorizontalPodAutoscaler": "horizontalpodautoscalers",
  "batch/v1/CronJob": "cronjobs",
  "batch/v1/Job": "jobs",
  "coordination.k8s.io/v1/Lease": "leases",
  "events.k8s.io/v1/Event": "events",
  "gateway.networking.k8s.io/v1/HTTPRoute": "httproutes",
  "keda.sh/v1alpha1/ScaledObject": "scaledobjects",
  "monitoring.coreos.com/v1/PodMonitor": "podmonitors",
  "networking.k8s.io/v1/Ingress": "ingresses",
  "networking.k8s.io/v1/NetworkPolicy": "networkpolicies",
  "nexus.chat/v1alpha1/ChatCluster": "chatclusters",
  "policy/v1/PodDisruptionBudget": "poddisruptionbudgets",
  "rbac.authorization.k8s.io/v1/Role": "roles",
  "rbac.authorization.k8s.io/v1/RoleBinding": "rolebindings",
};

const clusterWide: Readonly<Record<string, string>> = {
  "v1/Namespace": "namespaces",
  "apiextensions.k8s.io/v1/CustomResourceDefinition": "customresourcedefinitions",
};

/**
 * The resource of a kind.
 * @throws Error for a kind that is not in the table: that is a mistake in the operator, not in the cluster.
 */
export function resourceOf(object: { apiVersion: string; kind: string }): Resource {
  const id = `${object.apiVersion}/${object.kind}`;
  const plural = namespaced[id] ?? clusterWide[id];
  if (plural === undefined)
    throw new Error(`the operator knows no resource for ${id}: add it to operator/kube/resources.ts`);
  return { apiVersion: object.apiVersion, kind: object.kind, plural, namespaced: id in namespaced };
}

/** The path of a collection, or of one object when a name is given, or of its subresource. */
export function pathOf(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  const group = resource.apiVersion.includes("/")
    ? `apis/${resource.apiVersion}`
    : `api/${resource.apiVersion}`;
  const parts = [
    group,
    ...(resource.namespaced && namespace ? ["namespaces", encodeURIComponent(namespace)] : []),
    resource.plural,
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `/${parts.join("/")}`;
}
