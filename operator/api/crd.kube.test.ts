/**
 * The definition against a real API server: each impossible spec is refused in words, each good one taken. It is installed under a
 * group of its own, so that no operator acts on what is made here.
 */
import { randomBytes } from "node:crypto";
import {
  ApiException,
  ApiextensionsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
} from "@kubernetes/client-node";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ChatClusterSpecInput } from "./chat-cluster.ts";
import { apiVersion, kind, parseChatCluster, plural, version } from "./chat-cluster.ts";
import { chatClusterCrd } from "./crd.ts";
import { chatClusterExample } from "./example.ts";

const config = new KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(CoreV1Api);
const definitions = config.makeApiClient(ApiextensionsV1Api);
const objects = config.makeApiClient(CustomObjectsApi);

const group = `t${randomBytes(4).toString("hex")}.nexus.chat`;
const namespace = `nexus-crd-${randomBytes(4).toString("hex")}`;
const name = `${plural}.${group}`;
const at = { group, version, namespace, plural };

beforeAll(async () => {
  const crd = chatClusterCrd();
  const { shortNames: _, categories: __, ...names } = crd.spec.names;
  // Not by the client's own type of definitions, which loses every x-kubernetes-… of the schema.
  await objects.createClusterCustomObject({
    group: "apiextensions.k8s.io",
    version: "v1",
    plural: "customresourcedefinitions",
    body: { ...crd, metadata: { name }, spec: { ...crd.spec, group, names } },
  });
  await core.createNamespace({ body: { metadata: { name: namespace } } });
  // Served a moment after it is there.
  await vi.waitFor(() => create({}, "probe", "All"), { timeout: 30_000, interval: 200 });
});

afterAll(async () => {
  await Promise.allSettled([
    core.deleteNamespace({ name: namespace }),
    definitions.deleteCustomResourceDefinition({ name }),
  ]);
});

type Loose = Record<string, unknown>;
const body = (spec: object | undefined, called = "team") => ({
  apiVersion: `${group}/${version}`,
  kind,
  metadata: { name: called, namespace },
  ...(spec && { spec }),
});

async function create(spec: object | undefined, called?: string, dryRun?: "All") {
  return (await objects.createNamespacedCustomObject({
    ...at,
    body: body(spec, called),
    fieldValidation: "Strict",
    ...(dryRun && { dryRun }),
  })) as { spec: ChatClusterSpecInput; metadata: { name: string } };
}

/** As the operator would read it, had it the usual group. */
function read(object: object) {
  return parseChatCluster({ ...object, apiVersion });
}

/** The API server's words, or undefined when it takes the spec. */
async function refusal(spec: object | undefined, called?: string): Promise<string | undefined> {
  return words(() => create(spec, called, "All"));
}

async function words(act: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiException)) throw error;
    const text = typeof error.body === "string" ? error.body : JSON.stringify(error.body);
    return (JSON.parse(text) as { message: string }).message;
  }
}

const secretRef = { name: "there" };
const tooManyRequests = { requests: { memory: "2Gi" }, limits: { memory: "1Gi" } };

test.each<[string, Loose, string]>([
  [
    "an external Redis without its Secret",
    { redis: { topology: "external" } },
    "create secret generic my-redis",
  ],
  [
    "an external Postgres without its Secret",
    { postgres: { topology: "external" } },
    "create secret generic my-postgres",
  ],
  [
    "a Secret for a Redis of the operator's own",
    { redis: { external: { secretRef } } },
    "set topology: external, or",
  ],
  [
    "a Secret for a Postgres of the operator's own",
    { postgres: { external: { secretRef } } },
    "or remove external",
  ],
  [
    "sentinel",
    { redis: { topology: "sentinel" } },
    "topology sentinel comes with a later release: use standalone",
  ],
  ["a Redis cluster", { redis: { topology: "cluster" } }, "topology cluster comes with a later release"],
  [
    "ha",
    { postgres: { topology: "ha" } },
    "topology ha comes with a later release: use standalone or external",
  ],
  ["a topology that nobody knows", { redis: { topology: "ring" } }, 'supported values: "standalone"'],
  [
    "more gateways at least than at most",
    { gateway: { autoscaling: { minReplicas: 11 } } },
    "raise maxReplicas",
  ],
  [
    "replicas besides autoscaling",
    { gateway: { replicas: 3, autoscaling: { enabled: true } } },
    "replicas and autoscaling exclude each other: remove replicas",
  ],
  [
    "KEDA without Prometheus",
    { gateway: { autoscaling: { enabled: true, connectionMetric: "keda" } } },
    "set kedaPrometheusAddress",
  ],
  [
    "more connections for each pod than it takes",
    { gateway: { maxConnections: 100, autoscaling: { connectionMetric: "pods" } } },
    "about half of maxConnections",
  ],
  ["no gateway", { gateway: { replicas: 0 } }, "greater than or equal to 1"],
  [
    "a provider without issuer",
    { auth: { jwks: { url: "https://a/keys" } } },
    "jwks needs url, issuer and audience",
  ],
  [
    "nobody who may sign in",
    { auth: { localAccounts: false } },
    "nobody could sign in: set localAccounts: true",
  ],
  ["an Ingress without host", { ingress: { enabled: true } }, "set host, for instance chat.example.org"],
  ["an address for a host", { ingress: { host: "https://chat.example.org" } }, "without https://"],
  ["an HTTPRoute without Gateway", { httpRoute: { enabled: true } }, "set parentRefs"],
  ["a size that is none", { postgres: { storage: { size: "plenty" } } }, "must be an amount such as 500m"],
  [
    "a request above its limit",
    { worker: { resources: tooManyRequests } },
    "requests.memory is larger than limits",
  ],
  ["another Postgres", { postgres: { version: 16 } }, 'supported values: "17"'],
  [
    "a parameter that the operator decides",
    { postgres: { parameters: { port: "1" } } },
    "the operator decides config_file",
  ],
  ["two lines in a parameter", { postgres: { parameters: { work_mem: "1\nport=1" } } }, "must be one line"],
  ["a parameter's name that is none", { postgres: { parameters: { "Work Mem": "1" } } }, "lower-case words"],
  [
    "a setting among environment variables",
    { worker: { env: [{ name: "PORT", value: "1" }] } },
    "spec.config",
  ],
  [
    "a setting that is not there",
    { config: { MAX_MESAGE_LENGTH: 5 } },
    'unknown field "spec.config.MAX_MESAGE_LENGTH"',
  ],
  ["a field that is not there", { gatway: {} }, 'unknown field "spec.gatway"'],
  [
    "a secret",
    { config: { JWT_SECRET: "hush" } },
    "JWT_SECRET is a secret: name a Secret in spec.auth.secretRef",
  ],
  ["a store's address", { config: { DATABASE_URL: "postgres://hush" } }, "spec.postgres.external.secretRef"],
  ["a port", { config: { PORT: 80 } }, "pods listen on 3000"],
  [
    "a setting with a field of its own",
    { config: { WS_MAX_CONNECTIONS: 5 } },
    "set spec.gateway.maxConnections",
  ],
  [
    "a number out of range",
    { config: { MAX_MESSAGE_LENGTH: "0" } },
    "must be a whole number from 1 to 1000000",
  ],
  ["a number that is none", { config: { CACHE_TTL: "ten" } }, "must be a whole number of at least 0"],
  ["a duration that is none", { config: { JWT_EXPIRES_IN: "1 week" } }, "15m, 12h, 7d"],
  ["a word that is not on the list", { config: { LOG_LEVEL: "loud" } }, 'supported values: "trace"'],
  ["a push Secret without name", { push: { secretRef: {} } }, "spec.push.secretRef.name: Required value"],
])("refuses %s", async (_, spec, message) => {
  const said = await refusal(spec);
  expect(said).toContain(message);
  expect(said).not.toContain("hush");
});

test.each([
  ["a-name-that-is-far-too-long-for-a-chat-cluster", "use at most 40 characters"],
  ["chat.example", "must begin with a letter and hold only small letters, digits and hyphens"],
  ["1st", "must begin with a letter"],
])("refuses the name %s", async (called, message) => {
  expect(await refusal({}, called)).toContain(message);
});

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
  const made = await create(spec, "team", "All");
  expect(read(made).spec).toEqual(read(body(spec)).spec);
});

test("fills in every default, even of a ChatCluster without spec", async () => {
  const made = await create(undefined, "bare", "All");
  expect(made.spec).toEqual(read(body({})).spec);
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
  ["more gateways", {}, { gateway: { replicas: 5 } }, undefined],
])("an update: %s", async (_, before, change, message) => {
  const called = `u${randomBytes(4).toString("hex")}`;
  await create(before, called);
  const patch = Object.entries(change).flatMap(([part, value]) =>
    value === null
      ? [{ op: "remove", path: `/spec/${part}` }]
      : Object.entries(value as Loose).map(([field, to]) => ({
          op: "add",
          path: `/spec/${part}/${field}`,
          value: to,
        })),
  );
  const said = await words(() =>
    objects.patchNamespacedCustomObject({ ...at, name: called, body: patch, dryRun: "All" }),
  );
  if (message === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(message);
});

test("kubectl scale changes spec.gateway.replicas, and is refused while a scaler decides", async () => {
  const scale = (called: string, replicas: number) =>
    objects.patchNamespacedCustomObjectScale({
      ...at,
      name: called,
      body: [{ op: "replace", path: "/spec/replicas", value: replicas }],
    });
  await create({}, "by-hand");
  await create({ gateway: { replicas: 2 } }, "by-number");
  await create({ gateway: { autoscaling: { enabled: true } } }, "by-load");
  await scale("by-number", 4);
  const { spec } = (await objects.getNamespacedCustomObject({ ...at, name: "by-number" })) as {
    spec: ChatClusterSpecInput;
  };
  expect(spec?.gateway?.replicas).toBe(4);
  expect(await words(() => scale("by-hand", 3))).toBeUndefined();
  expect(await words(() => scale("by-load", 4))).toContain("replicas and autoscaling exclude each other");
});

test("status is written apart from spec", async () => {
  await create({}, "told");
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
  await objects.patchNamespacedCustomObjectStatus({
    ...at,
    name: "told",
    body: [{ op: "add", path: "/status", value: status }],
    fieldValidation: "Strict",
  });
  const told = (await objects.getNamespacedCustomObject({ ...at, name: "told" })) as {
    metadata: { generation: number };
  };
  expect(told).toMatchObject({ status, metadata: { generation: 1 } });
  expect(read(told).status?.conditions[0]?.reason).toBe("AllReady");
});
