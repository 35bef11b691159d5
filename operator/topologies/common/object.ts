import type { V1ObjectMeta, V1OwnerReference } from "@kubernetes/client-node";
import { type Component, labels } from "./labels.ts";
import type { Scope } from "./scope.ts";

/** Metadata of an owned object: it goes with the ChatCluster. */
export function ownedMetadata(
  scope: Scope,
  name: string,
  component: Component,
  more: {
    labels?: Record<string, string> | undefined;
    annotations?: Record<string, string> | undefined;
  } = {},
): V1ObjectMeta {
  return {
    name,
    namespace: scope.namespace,
    // A person's labels never replace ours: by ours the object is found again.
    labels: { ...more.labels, ...labels(scope.name, component) },
    ...(more.annotations && Object.keys(more.annotations).length > 0 && { annotations: more.annotations }),
    ownerReferences: [scope.owner],
  };
}

/** The ChatCluster as owner of what others than the operator make: no controller, so the operator leaves it alone. */
export function plainOwner({ owner }: Scope): Omit<V1OwnerReference, "controller" | "blockOwnerDeletion"> {
  const { controller: _, blockOwnerDeletion: __, ...reference } = owner;
  return reference;
}
