/** Values of the chart that differ in what they make, by what they are for. */
export const combinations: Readonly<Record<string, object>> = {
  "nothing but the defaults": {},
  "the operator alone": { cluster: { enabled: false } },
  "all namespaces": { operator: { watchNamespace: "*" } },
  "rights and account of somebody else": {
    operator: { rbac: false, serviceAccount: { create: false, name: "given" }, manageCrds: false },
  },
  "one replica without a policy": { operator: { replicas: 1, networkPolicy: { enabled: false } } },
  "dashboards of their own folder": {
    dashboards: { mode: "enabled", annotations: { grafana_folder: "Chat" } },
  },
  "a private registry": {
    image: { repository: "registry.example.com/nexus", tag: "1.2.3", pullSecrets: [{ name: "registry" }] },
    dataImage: { repository: "registry.example.com/data", tag: "1.2.3" },
  },
  "names of their own": {
    fullnameOverride: "chat-operator",
    cluster: { name: "team-chat", annotations: { "example.com/owner": "team" } },
  },
  "pods that are placed": {
    operator: {
      podAnnotations: { "example.com/a": "b" },
      podLabels: { team: "chat" },
      nodeSelector: { "kubernetes.io/os": "linux" },
      tolerations: [{ key: "dedicated", operator: "Exists", effect: "NoSchedule" }],
      affinity: {
        podAntiAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            {
              weight: 1,
              podAffinityTerm: {
                topologyKey: "kubernetes.io/hostname",
                labelSelector: { matchLabels: { app: "other" } },
              },
            },
          ],
        },
      },
      priorityClassName: "system-cluster-critical",
      serviceAccount: { annotations: { "example.com/role": "chat" } },
    },
  },
  "a whole cluster": {
    cluster: {
      spec: {
        deletionPolicy: "Delete",
        gateway: { autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 8 }, maxConnections: 5000 },
        worker: { replicas: 2 },
        redis: { topology: "external", external: { secretRef: { name: "redis" } } },
        postgres: { topology: "external", external: { secretRef: { name: "postgres" } } },
        push: { secretRef: { name: "fcm" } },
        auth: { secretRef: { name: "signing", key: "key" } },
        ingress: { enabled: true, host: "chat.example.com", tls: { secretName: "chat-tls" } },
        config: { LOG_LEVEL: "debug" },
      },
    },
  },
  "accounts of an identity provider": {
    cluster: {
      spec: {
        auth: {
          localAccounts: false,
          jwks: { url: "https://id.example.com/keys", issuer: "https://id.example.com", audience: "chat" },
        },
      },
    },
  },
};
