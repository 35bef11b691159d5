/** One Postgres pod with a volume. While it restarts nothing can be sent; what was acknowledged is on the volume. */
import type { KubernetesObject, V1ConfigMap, V1StatefulSet } from "@kubernetes/client-node";
import { archiveParts, archiveSettings } from "../../backup/archive.ts";
import { fromSecret } from "../../common/env.ts";
import { hashOf } from "../../common/hash.ts";
import { CONFIG_HASH, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata } from "../../common/object.ts";
import { generatedSecret, secretMetadata } from "../../common/own-secret.ts";
import { container, podTemplate } from "../../common/pod.ts";
import { memoryLimitMiB, resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { peekSecret } from "../../common/secret.ts";
import type { StoreDesired } from "../../common/store.ts";
import { postgresService } from "../service.ts";
import { postgresqlConf } from "./settings.ts";
import { claimTemplate, grownVolume, VOLUME } from "./volume.ts";

const COMPONENT = "postgres";
/** Where the volume is. */
export const DATA = "/var/lib/postgresql/data";
export const postgresDefaults = {
  requests: { cpu: "250m", memory: "512Mi" },
  limits: { cpu: "2", memory: "1Gi" },
};

export function postgresStandalone(scope: Scope): StoreDesired {
  const { names } = scope;
  const url = { name: names.postgres, key: "url" };
  const destinations = [{ pods: COMPONENT, port: ports.postgres } as const];
  const services = [
    postgresService(scope, names.postgres, { clusterIP: "None", publishNotReadyAddresses: true }),
    postgresService(scope, names.postgresWrite, { type: "ClusterIP" }),
  ];
  if (!scope.observed.secrets.has(names.postgres))
    return { objects: services, generated: [postgresSecret(scope)], url, destinations };
  const objects: KubernetesObject[] = [
    ...secretMetadata(scope, names.postgres, COMPONENT),
    configMap(scope),
    ...services,
    ...grownVolume(scope),
    statefulSet(scope),
  ];
  return { objects, generated: [], url, destinations };
}

/** The Secret of a Postgres of our own: `password`, and `url` to write at. */
export function postgresSecret(scope: Scope) {
  const password = scope.context.random(32);
  const host = `${scope.names.postgresWrite}.${scope.namespace}.svc`;
  const url = `postgres://nexus:${password}@${host}:${ports.postgres}/nexus`;
  return generatedSecret(scope, scope.names.postgres, COMPONENT, { password, url });
}

function configuration(scope: Scope, size: string): string {
  const { resources, parameters } = scope.spec.postgres;
  const memory = memoryLimitMiB(resourcesOf(resources, postgresDefaults));
  return postgresqlConf(memory, size, { ...parameters, ...archiveSettings(scope) });
}

function configMap(scope: Scope): V1ConfigMap {
  return {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: ownedMetadata(scope, scope.names.postgres, COMPONENT),
    data: { "postgresql.conf": configuration(scope, scope.spec.postgres.storage.size) },
  };
}

/** What Postgres is restarted for. A larger volume is none of it: what follows from its size waits for the next start. */
function configHash(scope: Scope): string {
  const password = peekSecret(scope, { name: scope.names.postgres, key: "password" }) ?? "";
  return hashOf([configuration(scope, "10Gi"), password]);
}

function statefulSet(scope: Scope): V1StatefulSet {
  const { names, spec } = scope;
  const archive = archiveParts(scope);
  const ready = { exec: { command: ["/usr/local/bin/nexus-postgres", "ready"] }, timeoutSeconds: 5 };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMetadata(scope, names.postgres, COMPONENT),
    spec: {
      replicas: 1,
      serviceName: names.postgres,
      // Else a pod that never became ready would not be replaced by one with a mended template.
      podManagementPolicy: "Parallel",
      updateStrategy: { type: "RollingUpdate" },
      revisionHistoryLimit: 3,
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: spec.deletionPolicy,
        whenScaled: "Retain",
      },
      selector: { matchLabels: selectorLabels(scope.name, COMPONENT) },
      template: podTemplate(scope, {
        component: COMPONENT,
        terminationGracePeriodSeconds: 60,
        placement: spec.postgres,
        annotations: { [CONFIG_HASH]: configHash(scope) },
        volumes: [
          { name: "config", configMap: { name: names.postgres } },
          // Parallel queries share memory here; a container's own is 64 MB.
          { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "128Mi" } },
          ...archive.volumes,
        ],
        container: container({
          name: "postgres",
          image: scope.images.data,
          imagePullPolicy: spec.dataImage.pullPolicy,
          command: ["/usr/local/bin/nexus-postgres"],
          env: [
            { name: "PGDATA", value: `${DATA}/pgdata` },
            fromSecret("POSTGRES_PASSWORD", { name: names.postgres, key: "password" }),
            ...archive.env,
          ],
          ports: [{ name: "postgres", containerPort: ports.postgres, protocol: "TCP" }],
          resources: resourcesOf(spec.postgres.resources, postgresDefaults),
          // Recovery after a crash may take long, and must not be cut short: an hour. From a backup: a day.
          startupProbe: {
            ...ready,
            periodSeconds: 1,
            failureThreshold: spec.postgres.bootstrap ? 86_400 : 3600,
          },
          readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
          livenessProbe: { ...ready, periodSeconds: 20, failureThreshold: 6 },
          volumeMounts: [
            { name: "config", mountPath: "/etc/nexus", readOnly: true },
            { name: "shared-memory", mountPath: "/dev/shm" },
            { name: VOLUME, mountPath: DATA },
            ...archive.mounts,
          ],
        }),
      }),
      volumeClaimTemplates: [claimTemplate(scope)],
    },
  };
}
