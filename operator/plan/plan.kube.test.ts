/** What is planned, before a real API server: it takes all of it, as it stands, in a namespace with `restricted`. */
import { randomBytes } from "node:crypto";
import type { KubernetesObject, V1StatefulSet } from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ChatClusterSpecInput } from "../api/chat-cluster.ts";
import { findAccess } from "../kube/access.ts";
import { createClient, type KubeClient } from "../kube/client.ts";
import { pathOf, resourceOf } from "../kube/resources.ts";
import { covers } from "../kube/subset.ts";
import { podTemplateOf } from "./testing-restricted.ts";
import { personsSecrets } from "./testing-specs.ts";
import { keyOf, secretOf, settle, worldOf } from "./testing-world.ts";

const namespace = `nexus-plan-${randomBytes(4).toString("hex")}`;
let client: KubeClient;

beforeAll(async () => {
  client = createClient(await findAccess(process.env), { userAgent: "nexus-test" });
  await client.call({
    verb: "create",
    resource: "namespaces",
    path: "/api/v1/namespaces",
    body: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    },
  });
});
afterAll(async () => {
  await client.call({ verb: "delete", resource: "namespaces", path: `/api/v1/namespaces/${namespace}` });
  client.close();
});

function planned(spec: ChatClusterSpecInput): KubernetesObject[] {
  const world = worldOf(spec);
  for (const [name, values] of Object.entries(personsSecrets))
    world.secrets.set(name, secretOf(name, values));
  const { apply } = settle(world);
  return apply
    .filter(({ kind }) => kind !== "Secret")
    .map((object) => ({ ...object, metadata: { ...object.metadata, namespace } }));
}

/** As the API server would have it. Nothing is written. */
function dryRun(object: KubernetesObject): Promise<KubernetesObject> {
  const { apiVersion = "", kind = "", metadata } = object;
  const resource = resourceOf({ apiVersion, kind });
  return client.call({
    verb: "apply",
    resource: resource.plural,
    path: pathOf(resource, namespace, metadata?.name),
    query: { fieldManager: "nexus-operator", force: true, dryRun: "All", fieldValidation: "Strict" },
    contentType: "application/apply-patch+yaml",
    body: object,
  });
}

function dryRunPod(object: KubernetesObject): Promise<unknown> {
  const { metadata, spec } = podTemplateOf(object) ?? {};
  const { serviceAccountName: _, volumes = [], ...rest } = spec ?? {};
  // A StatefulSet adds its claims.
  const { volumeClaimTemplates = [] } = (object as V1StatefulSet).spec ?? {};
  const claims = volumeClaimTemplates.map((claim) => ({
    name: claim.metadata?.name,
    persistentVolumeClaim: { claimName: "x" },
  }));
  return client.call({
    verb: "create",
    resource: "pods",
    path: pathOf(resourceOf({ apiVersion: "v1", kind: "Pod" }), namespace),
    query: { dryRun: "All", fieldValidation: "Strict" },
    body: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...metadata, generateName: "trial-" },
      spec: { ...rest, volumes: [...volumes, ...claims] },
    },
  });
}

const secretRef = (name: string) => ({ secretRef: { name } });

test.each<[string, ChatClusterSpecInput]>([
  ["nothing said", {}],
  [
    "external stores, a scaler by connections, an Ingress",
    {
      redis: { topology: "external", external: secretRef("my-redis") },
      postgres: {
        topology: "external",
        external: { ...secretRef("my-postgres"), readSecretRef: { name: "my-replica" } },
      },
      gateway: {
        autoscaling: { enabled: true, connectionMetric: "pods", connectionsPerPod: 5000 },
        affinity: { nodeAffinity: {} },
        tolerations: [{ key: "chat", operator: "Exists" }],
        env: [{ name: "HTTPS_PROXY", value: "" }],
      },
      ingress: { enabled: true, host: "chat.example.org", className: "nginx", tls: { secretName: "cert" } },
      networkPolicies: { gatewayFrom: [{ ipBlock: { cidr: "10.0.0.0/8" } }] },
    },
  ],
  [
    "amounts in all spellings, everything deleted at the end",
    {
      deletionPolicy: "Delete",
      image: { pullSecrets: [{ name: "registry" }] },
      postgres: {
        storage: { size: "0.5Ti", storageClassName: "fast" },
        resources: { limits: { memory: "2000000000", cpu: "1.5" }, requests: { cpu: "0.1" } },
      },
      worker: { resources: { requests: { memory: "1024Mi" }, limits: { memory: "1.5Gi" } } },
      redis: { resources: { limits: { memory: "0.1Gi" } } },
    },
  ],
])(
  "%s: every object is taken and comes back as it was sent, and every pod is let in",
  async (_name, spec) => {
    const objects = planned(spec);
    const answers = await Promise.all(objects.map(dryRun));
    const changed = objects.filter((object, i) => !covers(object, answers[i]));
    expect(changed.map(keyOf)).toEqual([]);
    const withPods = objects.filter((object) => podTemplateOf(object) !== undefined);
    await Promise.all(withPods.map(dryRunPod));
    expect(withPods.length).toBeGreaterThanOrEqual(3);
  },
);
