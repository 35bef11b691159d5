import { apiVersion, type ChatClusterSpecInput, kind } from "./chat-cluster.ts";

/** A ChatCluster as a team may have it, for the reference page; nothing in its spec is required. */
export const chatClusterExample: {
  apiVersion: string;
  kind: string;
  metadata: { name: string };
  spec: ChatClusterSpecInput;
} = {
  apiVersion,
  kind,
  metadata: { name: "team" },
  spec: {
    config: { MAX_FILE_SIZE: "20MB", RATE_LIMIT_MESSAGES_PER_MINUTE: "200" },
    gateway: {
      autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 10 },
      resources: { requests: { cpu: "500m", memory: "512Mi" }, limits: { memory: "512Mi" } },
    },
    postgres: { storage: { size: "50Gi" }, parameters: { work_mem: "16MB" } },
    redis: { topology: "external", external: { secretRef: { name: "team-managed-redis" } } },
    push: { secretRef: { name: "fcm" } },
    ingress: {
      enabled: true,
      host: "chat.example.org",
      className: "nginx",
      tls: { secretName: "chat-example-org" },
    },
  },
};
