import type { V1EnvVar, V1StatefulSet } from "@kubernetes/client-node";
import { archiveParts } from "../../backup/archive.ts";
import { fromField, fromSecret } from "../../common/env.ts";
import { hashOf } from "../../common/hash.ts";
import { CONFIG_HASH, selectorLabels } from "../../common/labels.ts";
import { ports } from "../../common/names.ts";
import { ownedMetadata, plainOwner } from "../../common/object.ts";
import { container, podTemplate } from "../../common/pod.ts";
import { httpProbe } from "../../common/program.ts";
import { resourcesOf } from "../../common/resources.ts";
import type { Scope } from "../../common/scope.ts";
import { ACCOUNT, accountToken } from "../../common/service-account.ts";
import { DATA, postgresDefaults } from "../standalone/desired.ts";
import { claimTemplate, VOLUME } from "../standalone/volume.ts";
import { patroniConfig, SCOPE_LABEL } from "./config.ts";

export function memberSet(scope: Scope): V1StatefulSet {
  const { names, spec } = scope;
  const probe = (path: string, more: { periodSeconds: number; failureThreshold: number }) =>
    httpProbe(path, "patroni", { timeoutSeconds: 5, ...more });
  const archive = archiveParts(scope);
  const template = podTemplate(scope, {
    component: "postgres",
    serviceAccountName: names.postgres,
    terminationGracePeriodSeconds: 90,
    placement: spec.postgres,
    // What follows from the volumes' size waits for the next start.
    annotations: { [CONFIG_HASH]: hashOf([patroniConfig(scope, "10Gi")]) },
    spread: true,
    volumes: [
      { name: "config", configMap: { name: names.postgres } },
      {
        name: "account",
        projected: accountToken({
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        }),
      },
      // Parallel queries share memory here; a container's own is 64 MB.
      { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: "128Mi" } },
      ...archive.volumes,
    ],
    container: container({
      name: "postgres",
      image: scope.images.data,
      imagePullPolicy: spec.dataImage.pullPolicy,
      command: ["/usr/local/bin/nexus-patroni"],
      env: [...environment(scope), ...archive.env],
      ports: [
        { name: "postgres", containerPort: ports.postgres, protocol: "TCP" },
        { name: "patroni", containerPort: ports.patroni, protocol: "TCP" },
      ],
      resources: resourcesOf(spec.postgres.resources, postgresDefaults),
      lifecycle: { preStop: { exec: { command: ["/usr/local/bin/nexus-patroni", "handover"] } } },
      // Waiting for the first primary, copying its data and recovery may take long: four hours.
      startupProbe: probe("/liveness", { periodSeconds: 2, failureThreshold: 7200 }),
      readinessProbe: probe("/readiness", { periodSeconds: 3, failureThreshold: 2 }),
      livenessProbe: probe("/liveness", { periodSeconds: 15, failureThreshold: 6 }),
      volumeMounts: [
        { name: "config", mountPath: "/etc/nexus", readOnly: true },
        { name: "account", mountPath: ACCOUNT, readOnly: true },
        { name: "shared-memory", mountPath: "/dev/shm" },
        { name: VOLUME, mountPath: DATA },
        ...archive.mounts,
      ],
    }),
  });
  template.metadata = {
    ...template.metadata,
    labels: { ...template.metadata?.labels, [SCOPE_LABEL]: names.postgres },
  };
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: ownedMetadata(scope, names.postgres, "postgres"),
    spec: {
      replicas: spec.postgres.replicas,
      serviceName: names.postgres,
      podManagementPolicy: "Parallel",
      // The operator knows who is the primary, and replaces it last.
      updateStrategy: { type: "OnDelete" },
      revisionHistoryLimit: 3,
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: spec.deletionPolicy,
        whenScaled: "Retain",
      },
      selector: { matchLabels: selectorLabels(scope.name, "postgres") },
      template,
      volumeClaimTemplates: [claimTemplate(scope)],
    },
  };
}

function environment(scope: Scope): V1EnvVar[] {
  const { names, spec } = scope;
  return [
    fromField("POD_NAME", "metadata.name"),
    fromField("POD_NAMESPACE", "metadata.namespace"),
    fromField("POD_IP", "status.podIP"),
    { name: "PGDATA", value: `${DATA}/pgdata` },
    fromSecret("POSTGRES_PASSWORD", { name: names.postgres, key: "password" }),
    fromSecret("REPLICATION_PASSWORD", { name: names.postgresHa, key: "replication-password" }),
    fromSecret("REST_PASSWORD", { name: names.postgresHa, key: "rest-password" }),
    // Patroni's own records of who leads belong to the data, and go when it goes.
    ...(spec.deletionPolicy === "Delete"
      ? [{ name: "NEXUS_OWNER", value: JSON.stringify(plainOwner(scope)) }]
      : []),
  ];
}
