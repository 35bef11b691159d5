/** Each impossible spec is refused by a real API server, in words that say what to do. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTrialDefinition } from "../../src/testing/kube/trial-definition.ts";

const trial = createTrialDefinition();
beforeAll(trial.install);
afterAll(trial.remove);

type Loose = Record<string, unknown>;
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
  ["backups nowhere", { postgres: { backup: { repository: {} } } }, "name exactly one of them"],
  [
    "backups in two places",
    {
      postgres: {
        backup: {
          repository: { volume: { claimName: "a" }, s3: { bucket: "abc", endpoint: "s3", secretRef } },
        },
      },
    },
    "name exactly one of them",
  ],
  [
    "an address for the storage's host",
    { postgres: { backup: { repository: { s3: { bucket: "abc", endpoint: "https://s3", secretRef } } } } },
    "without https://",
  ],
  [
    "backups of a database that is not the operator's",
    {
      postgres: {
        topology: "external",
        external: { secretRef },
        backup: { repository: { volume: { claimName: "a" } } },
      },
    },
    "whoever runs it backs it up",
  ],
  [
    "a moment that is none",
    {
      postgres: {
        bootstrap: {
          recovery: { source: "a", repository: { volume: { claimName: "a" } }, targetTime: "now" },
        },
      },
    },
    "must be a time such as 2026-11-21T17:30:00Z",
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
  const said = await trial.refusal(spec);
  expect(said).toContain(message);
  expect(said).not.toContain("hush");
});

test.each([
  ["a-name-that-is-far-too-long-for-a-chat-cluster", "use at most 40 characters"],
  ["chat.example", "must begin with a letter and hold only small letters, digits and hyphens"],
  ["1st", "must begin with a letter"],
])("refuses the name %s", async (called, message) => {
  expect(await trial.refusal({}, called)).toContain(message);
});
