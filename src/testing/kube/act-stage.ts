/** For tests of what the operator does to objects: its actor on a real API server, and a look at what became of them. */
import { afterAll, beforeAll, expect } from "vitest";
import { chatClusterCrd } from "../../../operator/api/crd.ts";
import { type Actor, createActor } from "../../../operator/controller/act.ts";
import { createView } from "../../../operator/controller/view.ts";
import { startWatches, type Watches } from "../../../operator/controller/watches.ts";
import { createWriter } from "../../../operator/kube/apply.ts";
import { createClient } from "../../../operator/kube/client.ts";
import { keepInstalled } from "../../../operator/kube/install-crd.ts";
import { type KubernetesObject, keyOf } from "../../../operator/kube/object.ts";
import { OWNER_LABEL } from "../../../operator/topologies/common/labels.ts";
import { type TestCluster, testCluster } from "./test-cluster.ts";

interface Container {
  image: string;
  env: unknown;
  resources: { limits: { cpu: string } };
}
interface Claim {
  spec: { resources: { requests: { storage: string } } };
}
/** As much of a live object as the tests look at. */
export interface Live extends KubernetesObject {
  metadata: Required<KubernetesObject["metadata"]>;
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    paused?: boolean;
    template: { spec: { containers: [Container, ...Container[]] } };
    volumeClaimTemplates: [Claim];
  };
}

export const podLabels = { app: "test" };

export function podTemplate(more: Record<string, unknown> = {}) {
  return {
    metadata: { labels: podLabels },
    spec: {
      containers: [{ name: "main", image: "localhost/none:1", env: [{ name: "A", value: "1" }], ...more }],
    },
  };
}

/** A namespace, watches of it and an actor, from the first to the last test of a file. */
export function actStage(env: Parameters<typeof testCluster>[0]) {
  let cluster: TestCluster;
  let watches: Watches;
  let actor: Actor;
  let owner: KubernetesObject;
  const requests: string[] = [];

  beforeAll(async () => {
    cluster = await testCluster(env);
    const client = createClient(cluster.access, {
      userAgent: "nexus-test",
      onRequest: (verb, resource, status) => requests.push(`${verb} ${resource} ${status}`),
    });
    // Watched among others, and on a new Kubernetes not there yet.
    const about = {
      client,
      writer: cluster.writer,
      version: "0.0.0-test",
      onForbidden: () => {},
      onRetry: () => {},
    };
    await keepInstalled(about, chatClusterCrd(), new AbortController().signal);
    // Any object can own others; that of the real kind is not needed here.
    const made = await cluster.writer.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: cluster.namespace },
    });
    if (!made) throw new Error("the owner is there already");
    owner = { ...made, apiVersion: "v1", kind: "ConfigMap" };
    const view = createView(() => watches.reflectors());
    watches = startWatches({
      client,
      namespace: cluster.namespace,
      onChange: () => {},
      onSeen: (object) => view.seen(object),
      onError: (resource, error) => {
        throw new Error(`${resource}: ${error}`);
      },
      onList: () => {},
    });
    await watches.synced;
    const writer = createWriter(client, new AbortController().signal, () => {});
    actor = createActor(writer, view, () => {});
  });
  afterAll(async () => {
    await watches?.stop();
    await cluster?.[Symbol.asyncDispose]();
  });

  function owned(
    kind: string,
    apiVersion: string,
    name: string,
    rest: Record<string, unknown>,
  ): KubernetesObject {
    const { uid = "" } = owner.metadata;
    return {
      apiVersion,
      kind,
      metadata: {
        name,
        namespace: cluster.namespace,
        labels: { [OWNER_LABEL]: "a", "app.kubernetes.io/component": "gateway" },
        ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid, controller: true }],
      },
      ...rest,
    };
  }

  const apply = (object: KubernetesObject) => actor.apply(owner, object);
  const inStore = (object: KubernetesObject) =>
    watches.reflectors().some(({ store }) => store.has(keyOf(object)));

  return {
    get cluster() {
      return cluster;
    },
    get actor() {
      return actor;
    },
    get owner() {
      return owner;
    },
    owned,
    deployment: (name: string, spec: Record<string, unknown> = { replicas: 0 }) =>
      owned("Deployment", "apps/v1", name, {
        spec: { selector: { matchLabels: podLabels }, template: podTemplate(), ...spec },
      }),
    live: (object: KubernetesObject) => cluster.writer.read(object) as Promise<Live>,
    apply,
    inStore,
    /** Waits until the watch has brought it, or that it is gone. */
    async brought(object: KubernetesObject, there = true): Promise<void> {
      await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(there);
    },
    /** The writing requests that `work` comes to. */
    async writesOf(work: () => Promise<unknown>): Promise<string[]> {
      const before = requests.length;
      await work();
      return requests.slice(before).filter((request) => /^(apply|create|patch|delete)/.test(request));
    },
    /** Applies until the cluster is as wanted: each change comes by the watch first. */
    async restored(object: KubernetesObject, isRight: () => Promise<boolean>): Promise<void> {
      const attempt = async () => {
        await apply(object);
        return isRight();
      };
      await expect.poll(attempt, { timeout: 10_000, interval: 50 }).toBe(true);
    },
  };
}
