/** The kinds that the operator watches. */

export interface Kind {
  apiVersion: string;
  kind: string;
}

export const chatCluster: Kind = { apiVersion: "nexus.chat/v1alpha1", kind: "ChatCluster" };
export const secret: Kind = { apiVersion: "v1", kind: "Secret" };

/** Every cluster has them. All carry the owner label. */
export const ownedKinds: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "batch/v1", kind: "CronJob" },
  { apiVersion: "v1", kind: "Pod" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "v1", kind: "ConfigMap" },
  secret,
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" },
  { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  { apiVersion: "networking.k8s.io/v1", kind: "Ingress" },
  { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
];

/** Where others have brought their definitions: the kind, and the name of its definition. */
export const optionalKinds: readonly (Kind & { definition: string })[] = [
  {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    definition: "podmonitors.monitoring.coreos.com",
  },
  { apiVersion: "keda.sh/v1alpha1", kind: "ScaledObject", definition: "scaledobjects.keda.sh" },
  {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    definition: "httproutes.gateway.networking.k8s.io",
  },
];

/** People's data and passwords, and what other controllers make: never deleted, never freed of what others added. */
export const sparedKinds: ReadonlySet<string> = new Set(["Secret", "PersistentVolumeClaim", "Pod"]);
