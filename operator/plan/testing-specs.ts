/** For tests: any spec that a person may write. */
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import type { ChatClusterSpecInput } from "../api/chat-cluster.ts";
import { secretOf, type World, worldOf } from "./testing-world.ts";

type PostgresInput = NonNullable<NonNullable<ChatClusterSpecInput>["postgres"]>;
// Not as constants: the spec's lists can be written to.
const oneOf = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom<T[]>(...values);
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const quantity = fc.constantFrom("100m", "0.5", "1", "2", "1500m");
const memory = fc.constantFrom("128Mi", "1024Mi", "0.5Gi", "1Gi", "2G", "3000000000");
const resources = fc.record(
  {
    requests: fc.record({ cpu: quantity, memory }, { requiredKeys: [] }),
    limits: fc.record({ cpu: quantity, memory, "ephemeral-storage": memory }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const pods = {
  resources,
  nodeSelector: fc.constantFrom({}, { disk: "fast" }),
  tolerations: oneOf<Record<string, unknown>[]>([], [{ key: "chat", operator: "Exists" }]),
  affinity: fc.constantFrom({}, { nodeAffinity: {} }),
  podAnnotations: fc.constantFrom({}, { team: "a" }),
};
const programs = {
  ...pods,
  terminationGracePeriodSeconds: fc.integer({ min: 10, max: 600 }),
  env: oneOf<{ name: string; value: string }[]>(
    [],
    [{ name: "HTTPS_PROXY", value: "http://proxy" }],
    [{ name: "NODE_OPTIONS", value: "" }],
  ),
};

/** Secrets that a person has made for such specs, by name. */
export const personsSecrets = {
  "my-postgres": { url: "postgres://chat:planted-postgres-password@db.example:6432/chat" },
  "my-replica": { url: "postgres://chat:planted-replica-password@replica.example/chat" },
  "my-redis": { url: "rediss://:planted-redis-password@cache.example:6380" },
  "my-storage": {
    "access-key-id": "planted-access-key",
    "secret-access-key": "planted-secret-access-key",
  },
  "my-passphrase": { passphrase: "planted-passphrase" },
  "my-auth": { "jwt-secret": "planted-jwt-secret-of-more-than-32-characters" },
  "my-push": {
    "service-account.json": JSON.stringify({
      project_id: "chat",
      client_email: "a@b.example",
      private_key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
        type: "pkcs8",
        format: "pem",
      }),
    }),
  },
};

const external = (name: string) => ({ secretRef: { name } });

const repository = oneOf<NonNullable<PostgresInput["backup"]>["repository"]>(
  { s3: { bucket: "backups", endpoint: "s3.example:9000", secretRef: { name: "my-storage" } } },
  { volume: { claimName: "backups" }, encryption: { secretRef: { name: "my-passphrase" } } },
);
const backup = fc.record(
  {
    repository,
    schedule: fc.constantFrom({}, { incremental: "0 * * * *" }),
    restoreDrill: fc.record({ enabled: fc.boolean() }),
  },
  { requiredKeys: ["repository"] },
);
const bootstrap = fc.record({ recovery: fc.record({ repository, source: fc.constant("former") }) });

export const specs: fc.Arbitrary<ChatClusterSpecInput> = fc.record(
  {
    version: fc.constantFrom("1.0.0", "1.1.0"),
    image: fc.record(
      {
        repository: fc.constantFrom("ghcr.io/a/nexus", "host:5000/nexus"),
        tag: fc.constantFrom("1.2.3", "dev"),
        pullSecrets: oneOf<{ name: string }[]>([], [{ name: "registry" }]),
      },
      { requiredKeys: [] },
    ),
    deletionPolicy: fc.constantFrom("Retain" as const, "Delete" as const),
    config: fc.constantFrom({}, { LOG_LEVEL: "debug" as const, CACHE_TTL: "60" }),
    gateway: fc.oneof(
      fc.record({ ...programs, replicas: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
      fc.record({
        autoscaling: fc.record(
          {
            enabled: fc.constant(true),
            minReplicas: fc.integer({ min: 1, max: 3 }),
            maxReplicas: fc.integer({ min: 3, max: 9 }),
            connectionMetric: fc.constantFrom("none" as const, "pods" as const, "keda" as const),
            kedaPrometheusAddress: fc.constant("http://prometheus:9090"),
            connectionsPerPod: fc.integer({ min: 1, max: 10_000 }),
          },
          { requiredKeys: ["enabled", "kedaPrometheusAddress"] },
        ),
      }),
    ),
    worker: fc.record({ ...programs, replicas: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] }),
    redis: fc.oneof(
      fc.record(
        { ...pods, topology: oneOf("standalone" as const, "sentinel" as const, "cluster" as const) },
        { requiredKeys: [] },
      ),
      fc.constant({ topology: "external" as const, external: external("my-redis") }),
    ),
    postgres: fc.oneof(
      fc.record(
        {
          ...pods,
          topology: oneOf("standalone" as const, "ha" as const),
          storage: fc.record({ size: fc.constantFrom("1Gi", "1024Mi", "0.5Ti") }),
          backup,
          bootstrap,
        },
        { requiredKeys: [] },
      ),
      optional(fc.constant({ readSecretRef: { name: "my-replica" } })).map((replica) => ({
        topology: "external" as const,
        external: { ...external("my-postgres"), ...replica },
      })),
    ),
    push: fc.constant(external("my-push")),
    auth: fc.constantFrom({}, external("my-auth"), {
      localAccounts: false,
      jwks: { url: "https://id.example/keys", issuer: "https://id.example", audience: "chat" },
    }),
    ingress: fc.constantFrom(
      {},
      { enabled: true, host: "chat.example.org", className: "nginx", annotations: { a: "b" } },
      { enabled: true, host: "chat.example.org", tls: { secretName: "cert" } },
    ),
    httpRoute: fc.constantFrom(
      {},
      { enabled: true, parentRefs: [{ name: "web" }], hostnames: ["chat.example.org"] },
    ),
    monitoring: fc.constantFrom(
      {},
      { podMonitor: "disabled" as const },
      { labels: { release: "prometheus" } },
    ),
    networkPolicies: fc.constantFrom({}, { gatewayFrom: [{ ipBlock: { cidr: "10.0.0.0/8" } }] }),
  },
  { requiredKeys: [] },
);

const optionalApis = [
  "monitoring.coreos.com/v1/PodMonitor",
  "keda.sh/v1alpha1/ScaledObject",
  "gateway.networking.k8s.io/v1/HTTPRoute",
];

/** Any ChatCluster in a cluster that has its person's Secrets and some of the optional kinds. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    spec: specs,
    name: fc.constantFrom("team", "a", "a-name-of-forty-characters-which-is-most"),
    apis: fc.subarray(optionalApis),
  })
  .map(({ spec, name, apis }) => {
    const world = worldOf(spec, name);
    for (const [secret, values] of Object.entries(personsSecrets))
      world.secrets.set(secret, secretOf(secret, values));
    for (const api of apis) world.apis.add(api);
    return world;
  });
