/** What the pods that deal with backups have in common: those of Jobs, and the one that watches. */
import type { V1EnvVar } from "@kubernetes/client-node";
import type { BackupSpec } from "../../api/backup.ts";
import { fromSecret } from "../common/env.ts";
import { selectorLabels } from "../common/labels.ts";
import { ports } from "../common/names.ts";
import type { PodPlacement } from "../common/pod.ts";
import { type DefaultResources, resourcesOf } from "../common/resources.ts";
import type { Scope } from "../common/scope.ts";

const defaults: DefaultResources = {
  requests: { cpu: "50m", memory: "128Mi" },
  limits: { cpu: "1", memory: "512Mi" },
};

export function jobResources(backup: BackupSpec) {
  return resourcesOf(backup.resources, defaults);
}

/** libpq's settings: as the owner of all data, at `host`. */
export function connection(scope: Scope, host: string, more: Record<string, string> = {}): V1EnvVar[] {
  const settings = {
    PGHOST: host,
    PGPORT: String(ports.postgres),
    PGUSER: "nexus",
    PGDATABASE: "nexus",
    ...more,
  };
  return [
    ...Object.entries(settings).map(([name, value]) => ({ name, value })),
    fromSecret("PGPASSWORD", { name: scope.names.postgres, key: "password" }),
  ];
}

/** On the node of a pod of Postgres: `pod`, or any of them. A volume that one node can mount is there. */
export function besidePostgres(scope: Scope, pod?: string): PodPlacement {
  const { nodeSelector, tolerations } = scope.spec.postgres;
  const matchLabels = {
    ...selectorLabels(scope.name, "postgres"),
    ...(pod !== undefined && { "statefulset.kubernetes.io/pod-name": pod }),
  };
  const term = { labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" };
  return {
    nodeSelector,
    tolerations,
    affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } },
  };
}

/** Where a pod runs that needs the repository only. */
export function anywhere(scope: Scope, backup: BackupSpec): PodPlacement {
  const { nodeSelector, tolerations, topology } = scope.spec.postgres;
  // The repository's volume may be one that a single node mounts.
  if (backup.repository.volume && topology === "standalone") return besidePostgres(scope);
  return { nodeSelector, tolerations };
}
