/** What every builder is given: the ChatCluster, what is observed, and where the operator stands. */
import type { V1OwnerReference } from "@kubernetes/client-node";
import type { ChatCluster, ChatClusterSpec } from "../../api/chat-cluster.ts";
import { type Images, imagesOf } from "./images.ts";
import { type Names, namesOf } from "./names.ts";
import type { Observed } from "./observed.ts";

export interface OperatorContext {
  /** The operator's own version: the default version of what it runs. */
  version: string;
  /** Image of gateways, workers and migrations if the spec names none. */
  image: string;
  /** Image of Redis and Postgres if the spec names none. */
  dataImage: string;
  now: Date;
  /** That many random bytes, as text that is safe in addresses. */
  random(bytes: number): string;
}

export interface Scope {
  cluster: ChatCluster;
  spec: ChatClusterSpec;
  name: string;
  namespace: string;
  names: Names;
  images: Images;
  owner: V1OwnerReference;
  observed: Observed;
  context: OperatorContext;
}

export function scopeOf(cluster: ChatCluster, observed: Observed, context: OperatorContext): Scope {
  const { name, namespace, uid } = cluster.metadata;
  return {
    cluster,
    spec: cluster.spec,
    name,
    namespace,
    names: namesOf(name),
    images: imagesOf(cluster.spec, context),
    owner: {
      apiVersion: cluster.apiVersion,
      kind: cluster.kind,
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
    observed,
    context,
  };
}
