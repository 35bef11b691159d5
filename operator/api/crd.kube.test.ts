/** What a real API server takes: its defaults, changes, scaling, status. */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTrialDefinition } from "../../src/testing/kube/trial-definition.ts";
import type { ChatClusterSpecInput } from "./chat-cluster.ts";
import { chatClusterExample } from "./example.ts";

const trial = createTrialDefinition();
beforeAll(trial.install);
afterAll(trial.remove);

type Loose = Record<string, unknown>;

const secretRef = { name: "there" };

test.each<[string, Loose]>([
  ["the example", chatClusterExample.spec as Loose],
  ["gateways without autoscaling", { gateway: { replicas: 4 } }],
  [
    "scaling by KEDA",
    {
      gateway: {
        autoscaling: { enabled: true, connectionMetric: "keda", kedaPrometheusAddress: "http://p:9090" },
      },
    },
  ],
  [
    "external stores",
    {
      redis: { topology: "external", external: { secretRef } },
      postgres: {
        topology: "external",
        external: { secretRef: { name: "db", key: "dsn" }, readSecretRef: secretRef },
      },
    },
  ],
  [
    "settings as text and as numbers",
    { config: { MAX_MESSAGE_LENGTH: 5, CACHE_TTL: "60", TRUST_PROXY: "true" } },
  ],
  [
    "amounts as numbers",
    { worker: { resources: { requests: { cpu: 1, memory: "1Gi" }, limits: { cpu: "2" } } } },
  ],
  [
    "pods as they are written",
    { gateway: { tolerations: [{ key: "a", operator: "Exists" }], affinity: { podAffinity: {} } } },
  ],
  [
    "an identity provider",
    { auth: { localAccounts: false, jwks: { url: "https://a/k", issuer: "a", audience: "b" } } },
  ],
  [
    "an HTTPRoute",
    { httpRoute: { enabled: true, parentRefs: [{ name: "gw" }], hostnames: ["*.example.org"] } },
  ],
])("takes %s, and reads it as the operator does", async (_, spec) => {
  const made = await trial.create(spec, "team", "All");
  expect(trial.read(made).spec).toEqual(trial.read(trial.body(spec)).spec);
});

test("fills in every default, even of a ChatCluster without spec", async () => {
  const made = await trial.create(undefined, "bare", "All");
  expect(made.spec).toEqual(trial.read(trial.body({})).spec);
});

const grown = { storage: { size: "20Gi", storageClassName: "fast" } };
const ownRedis = { redis: { topology: "standalone" } };

test.each<[string, Loose, Loose, string | undefined]>([
  [
    "a volume that shrinks",
    { postgres: grown },
    { postgres: { storage: { ...grown.storage, size: "19Gi" } } },
    "set size back to 20Gi or more",
  ],
  [
    "a volume that grows",
    { postgres: grown },
    { postgres: { storage: { ...grown.storage, size: "0.5Ti" } } },
    undefined,
  ],
  [
    "another storage class",
    { postgres: grown },
    { postgres: { storage: { ...grown.storage, storageClassName: "slow" } } },
    "storageClassName cannot change",
  ],
  [
    "a storage class that goes",
    { postgres: grown },
    { postgres: { storage: { size: "20Gi", storageClassName: null } } },
    "storageClassName cannot change",
  ],
  [
    "Postgres that becomes external",
    {},
    { postgres: { topology: "external", external: { secretRef } } },
    "make a new ChatCluster and move the data",
  ],
  [
    "Redis that becomes external",
    ownRedis,
    { redis: { topology: "external", external: { secretRef } } },
    "make a new ChatCluster with the other topology",
  ],
  [
    "a spec that goes",
    { redis: { topology: "external", external: { secretRef } } },
    { redis: null },
    "topology cannot change",
  ],
  [
    "a backup to begin with, after the beginning",
    {},
    {
      postgres: { bootstrap: { recovery: { source: "a", repository: { volume: { claimName: "b" } } } } },
    },
    "bootstrap counts when a ChatCluster is made",
  ],
  ["more gateways", {}, { gateway: { replicas: 5 } }, undefined],
])("an update: %s", async (_, before, change, message) => {
  const called = `u${randomBytes(4).toString("hex")}`;
  await trial.create(before, called);
  const patch = Object.entries(change).flatMap(([part, value]) =>
    value === null
      ? [{ op: "remove", path: `/spec/${part}` }]
      : Object.entries(value as Loose).map(([field, to]) => ({
          op: "add",
          path: `/spec/${part}/${field}`,
          value: to,
        })),
  );
  const said = await trial.words(() =>
    trial.objects.patchNamespacedCustomObject({ ...trial.at, name: called, body: patch, dryRun: "All" }),
  );
  if (message === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(message);
});

test("kubectl scale changes spec.gateway.replicas, and is refused while a scaler decides", async () => {
  const scale = (called: string, replicas: number) =>
    trial.objects.patchNamespacedCustomObjectScale({
      ...trial.at,
      name: called,
      body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
    });
  await trial.create({}, "by-hand");
  await trial.create({ gateway: { replicas: 2 } }, "by-number");
  await trial.create({ gateway: { autoscaling: { enabled: true } } }, "by-load");
  await scale("by-number", 4);
  const { spec } = (await trial.objects.getNamespacedCustomObject({ ...trial.at, name: "by-number" })) as {
    spec: ChatClusterSpecInput;
  };
  expect(spec?.gateway?.replicas).toBe(4);
  expect(await trial.words(() => scale("by-hand", 3))).toBeUndefined();
  expect(await trial.words(() => scale("by-load", 4))).toContain(
    "replicas and autoscaling exclude each other",
  );
});

test("status is written apart from spec", async () => {
  await trial.create({}, "told");
  const status = {
    observedGeneration: 1,
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "AllReady",
        message: "fine",
        lastTransitionTime: new Date().toISOString(),
      },
    ],
    gateways: { replicas: 2, ready: 2, updated: 2, summary: "2/2" },
  };
  await trial.objects.patchNamespacedCustomObjectStatus({
    ...trial.at,
    name: "told",
    body: [{ op: "add", path: "/status", value: status }],
    fieldValidation: "Strict",
  });
  const told = (await trial.objects.getNamespacedCustomObject({ ...trial.at, name: "told" })) as {
    metadata: { generation: number };
  };
  expect(told).toMatchObject({ status, metadata: { generation: 1 } });
  expect(trial.read(told).status?.conditions[0]?.reason).toBe("AllReady");
});
