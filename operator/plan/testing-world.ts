/**
 * For tests: a cluster's memory. It takes a plan as the controller would and lets the controllers of Kubernetes have
 * done their work, so that the next plan sees what it would see.
 */
import type { KubernetesObject, V1Pod, V1PodTemplateSpec, V1Secret } from "@kubernetes/client-node";
import { type ChatCluster, type ChatClusterSpecInput, parseChatCluster } from "../api/chat-cluster.ts";
import type { Observed, ObservedEvent } from "../topologies/common/observed.ts";
import { type OperatorContext, type Plan, plan } from "./plan.ts";

type Json = Record<string, never> & KubernetesObject & { status?: object };

export interface World {
  cluster: ChatCluster;
  objects: Map<string, KubernetesObject>;
  secrets: Map<string, V1Secret>;
  events: ObservedEvent[];
  /** What Firebase says of the account of spec.push. */
  push?: NonNullable<Observed["push"]>;
  /** What the workers' canary sees. */
  canary?: NonNullable<Observed["canary"]>;
  apis: Set<string>;
  now: Date;
  context: OperatorContext;
}

export const IMAGE = "registry.example/nexus:1.0.0";
export const DATA_IMAGE = "registry.example/nexus-data:1.0.0";

export function clusterOf(spec: ChatClusterSpecInput = {}, name = "team"): ChatCluster {
  return parseChatCluster({
    metadata: { name, namespace: "chat", uid: "uid-of-the-cluster", generation: 1 },
    spec,
  });
}

export function worldOf(spec: ChatClusterSpecInput = {}, name = "team"): World {
  let seed = 0;
  const world: World = {
    cluster: clusterOf(spec, name),
    objects: new Map(),
    secrets: new Map(),
    events: [],
    apis: new Set(),
    now: new Date("2026-01-01T00:00:00Z"),
    context: {
      version: "1.0.0",
      image: IMAGE,
      dataImage: DATA_IMAGE,
      get now() {
        return world.now;
      },
      random: (bytes) => `random${++seed}-`.padEnd(bytes, "x"),
    },
  };
  return world;
}

/** A Secret of a person. */
export function secretOf(name: string, values: Record<string, string>): V1Secret {
  const data = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
  );
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: "chat", uid: `uid-${name}` },
    data,
  };
}

export function keyOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata?.name}`;
}

export function planOf(world: World): Plan {
  const { objects, secrets, events, apis, push, canary } = world;
  const observed = {
    owned: [...objects.values()],
    secrets,
    events,
    apis,
    ...(push && { push }),
    ...(canary && { canary }),
  };
  return plan(world.cluster, observed, world.context);
}

/** Plans once and carries it out: objects are there afterwards, but nothing has become ready. */
export function reconcile(world: World): Plan {
  const planned = planOf(world);
  for (const secret of planned.createOnce)
    world.secrets.set(secret.metadata?.name ?? "", {
      ...secret,
      metadata: { ...secret.metadata, uid: `uid-${secret.metadata?.name}` },
    });
  for (const object of planned.apply.filter(({ kind }) => kind !== "Secret")) applied(world, object);
  if (planned.prune) {
    const wanted = new Set(planned.apply.map(keyOf));
    for (const [key, { kind }] of world.objects)
      if (!wanted.has(key) && kind !== "Pod" && kind !== "PersistentVolumeClaim") world.objects.delete(key);
  }
  world.cluster = { ...world.cluster, status: planned.status };
  return planned;
}

function applied(world: World, object: KubernetesObject): void {
  const key = keyOf(object);
  const live = world.objects.get(key) as Json | undefined;
  const template = (each: unknown) =>
    JSON.stringify((each as { spec?: { template?: unknown } }).spec?.template);
  const recreated = object.kind === "Job" && live !== undefined && template(live) !== template(object);
  const status = recreated ? undefined : live?.status;
  const uid = recreated || !live ? `uid-${key}-${world.now.getTime()}` : live.metadata?.uid;
  if (recreated) removePods(world, object.metadata?.name ?? "");
  const copy = structuredClone(object) as Json & { spec?: { replicas?: number } };
  // What is left out stays as somebody else has set it.
  const scaled = (live as typeof copy | undefined)?.spec?.replicas;
  if (object.kind === "Deployment" && copy.spec && scaled !== undefined) copy.spec.replicas ??= scaled;
  world.objects.set(key, {
    ...copy,
    metadata: { ...object.metadata, uid, creationTimestamp: world.now, generation: 1 },
    ...(status && { status }),
  } as KubernetesObject);
}

function removePods(world: World, owner: string): void {
  for (const [key, { kind, metadata }] of world.objects)
    if (kind === "Pod" && metadata?.name?.startsWith(`${owner}-`)) world.objects.delete(key);
}

/** What the controllers make of the workload: all of its pods, with `status`. */
export function withPods(
  world: World,
  kind: string,
  name: string,
  status: V1Pod["status"],
  number?: number,
): void {
  const workload = world.objects.get(`${kind}/${name}`) as
    | (KubernetesObject & { spec: { replicas?: number; template: V1PodTemplateSpec } })
    | undefined;
  if (!workload) throw new Error(`there is no ${kind} ${name}`);
  removePods(world, name);
  const { template, replicas = 1 } = workload.spec;
  // What Patroni would write onto its pods.
  const patroni = template.metadata?.labels?.["nexus.chat/patroni"] !== undefined && status === readyPod;
  for (let i = 0; i < (number ?? replicas); i++) {
    const pod: V1Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        ...template.metadata,
        labels: {
          ...template.metadata?.labels,
          ...(kind === "Job" && { "batch.kubernetes.io/job-name": name }),
          ...(patroni && { "nexus.chat/role": i === 0 ? "primary" : "replica" }),
        },
        annotations: {
          ...template.metadata?.annotations,
          ...(patroni && i > 0 && { status: '{"replication_state":"streaming","timeline":1}' }),
        },
        name: `${name}-${i}`,
        namespace: "chat",
        creationTimestamp: world.now,
      },
      ...(template.spec && { spec: template.spec }),
      ...(status && { status }),
    };
    world.objects.set(keyOf(pod), pod);
  }
}

export function setStatus(world: World, key: string, status: object): void {
  const object = world.objects.get(key);
  if (!object) throw new Error(`there is no ${key}`);
  world.objects.set(key, { ...object, status } as KubernetesObject);
}

export const readyPod: V1Pod["status"] = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True" }],
};

/** Everything that was applied works: pods run, Jobs succeed. */
export function becomeReady(world: World): void {
  for (const [key, object] of [...world.objects]) {
    const name = object.metadata?.name ?? "";
    const { replicas = 1 } = ((object as Json).spec ?? {}) as { replicas?: number };
    if (object.kind === "Deployment" || object.kind === "StatefulSet") {
      setStatus(world, key, {
        observedGeneration: 1,
        replicas,
        readyReplicas: replicas,
        updatedReplicas: replicas,
        availableReplicas: replicas,
      });
      withPods(world, object.kind, name, readyPod);
    }
    if (object.kind === "Job")
      setStatus(world, key, {
        succeeded: 1,
        completionTime: world.now.toISOString(),
        conditions: [{ type: "Complete", status: "True", lastTransitionTime: world.now.toISOString() }],
      });
  }
}

/** Reconciles and lets things become ready until nothing changes; the last plan. */
export function settle(world: World): Plan {
  let before = "";
  for (let round = 0; round < 12; round++) {
    const planned = reconcile(world);
    becomeReady(world);
    const now = JSON.stringify([planned.apply, planned.status.conditions]);
    if (now === before) return planned;
    before = now;
  }
  throw new Error("it does not settle");
}
