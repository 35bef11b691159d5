import type { V1PersistentVolumeClaim } from "@kubernetes/client-node";
import { labels } from "../../common/labels.ts";
import { findOwned } from "../../common/observed.ts";
import { canonicalQuantity, compareQuantities } from "../../common/quantity.ts";
import type { Scope } from "../../common/scope.ts";

/** Name of the volume claim's template. */
export const VOLUME = "data";

/** Name of the claim that the StatefulSet makes from it for a pod. */
export function claimName(scope: Scope, ordinal = 0): string {
  return `${VOLUME}-${scope.names.postgres}-${ordinal}`;
}

/** Of each pod's volume. */
export function claimTemplate(scope: Scope): V1PersistentVolumeClaim {
  const { size, storageClassName } = scope.spec.postgres.storage;
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: VOLUME, labels: labels(scope.name, "postgres") },
    spec: {
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: canonicalQuantity(size) } },
      ...(storageClassName !== undefined && { storageClassName }),
    },
  };
}

/**
 * The claim with its new size, when the spec asks for more than it has: a StatefulSet never enlarges claims that are
 * there. The uid makes the write fail rather than create a claim when it has gone meanwhile.
 */
export function grownVolume(scope: Scope, ordinal = 0): V1PersistentVolumeClaim[] {
  const name = claimName(scope, ordinal);
  const claim = findOwned<V1PersistentVolumeClaim>(scope.observed, "PersistentVolumeClaim", name);
  const size = canonicalQuantity(scope.spec.postgres.storage.size);
  const has = claim?.spec?.resources?.requests?.storage;
  const uid = claim?.metadata?.uid;
  if (has === undefined || uid === undefined || compareQuantities(size, has) <= 0) return [];
  return [
    {
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        namespace: scope.namespace,
        uid,
        labels: labels(scope.name, "postgres"),
      },
      spec: { resources: { requests: { storage: size } } },
    },
  ];
}
