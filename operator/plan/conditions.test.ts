import type { V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { type ChatClusterSpecInput, type ConditionType, conditionReasons } from "../api/chat-cluster.ts";
import {
  becomeReady,
  planOf,
  readyPod,
  reconcile,
  secretOf,
  setStatus,
  settle,
  type World,
  withPods,
  worldOf,
} from "./testing-world.ts";

function condition(world: World, type: ConditionType) {
  const found = planOf(world).status.conditions.find((each) => each.type === type);
  if (!found) throw new Error(`no condition ${type}`);
  expect(Object.keys(conditionReasons[type])).toContain(found.reason);
  return found;
}

function settled(spec: ChatClusterSpecInput = {}): World {
  const world = worldOf(spec);
  settle(world);
  return world;
}

function later(world: World, seconds: number): void {
  world.now = new Date(world.now.getTime() + seconds * 1000);
}

const waitingFor = (reason: string, message: string): V1Pod["status"] => ({
  phase: "Pending",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { waiting: { reason, message } },
    },
  ],
});

const ended = (message: string, exitCode = 1, reason = "Error"): V1Pod["status"] => ({
  phase: "Running",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 40s" } },
      lastState: { terminated: { exitCode, reason, message } },
    },
  ],
});

const unschedulable: V1Pod["status"] = {
  phase: "Pending",
  conditions: [
    {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message: "0/3 nodes are available: 3 Insufficient cpu.",
    },
  ],
};

const running: V1Pod["status"] = {
  phase: "Running",
  containerStatuses: [
    {
      name: "x",
      image: "",
      imageID: "",
      ready: false,
      restartCount: 0,
      state: { running: { startedAt: "2026-01-01T00:00:00Z" as unknown as Date } },
    },
  ],
};

/** All pods of a workload are as `status` says, and none is ready. */
function broken(
  world: World,
  kind: "Deployment" | "StatefulSet",
  name: string,
  status: V1Pod["status"],
): void {
  setStatus(world, `${kind}/${name}`, { observedGeneration: 1, replicas: 1, updatedReplicas: 1 });
  withPods(world, kind, name, status);
}

test("a new ChatCluster goes through secrets, stores, schema and gateways, and says at each step what it waits for", () => {
  const world = worldOf();
  const seen: string[] = [];
  for (let i = 0; i < 6; i++) {
    const { status } = reconcile(world);
    seen.push(status.conditions.find(({ type }) => type === "Ready")?.message ?? "");
    becomeReady(world);
    later(world, 1);
  }
  expect([...new Set(seen)]).toEqual([
    'PostgresReady: The Secret "team-postgres" is being made',
    "PostgresReady: The Postgres pods are about to be made",
    expect.stringMatching(
      /^SchemaMigrated: The schema is being migrated to version 1\.0\.0\. Its log: kubectl -n chat logs job\/team-migrate-[0-9a-f]{10}$/,
    ),
    "GatewaysReady: The gateways are about to be made",
    "2 gateways ready at http://team-gateway.chat.svc",
  ]);
});

test("when everything is ready, all conditions say so, and push does not count", () => {
  const world = settled();
  const { status } = planOf(world);
  expect(Object.fromEntries(status.conditions.map(({ type, reason }) => [type, reason]))).toEqual({
    Ready: "AllReady",
    GatewaysReady: "Ready",
    WorkersReady: "Ready",
    RedisReady: "Ready",
    PostgresReady: "Ready",
    SchemaMigrated: "Migrated",
    PushConfigured: "NotConfigured",
  });
  expect(status).toMatchObject({
    observedGeneration: 1,
    phase: "Ready",
    version: "1.0.0",
    image: "registry.example/nexus:1.0.0",
    url: "http://team-gateway.chat.svc",
    gateways: { replicas: 2, ready: 2, updated: 2, summary: "2/2" },
  });
  expect(status.conditions.every(({ observedGeneration }) => observedGeneration === 1)).toBe(true);
});

test("a time of transition changes with the status only", () => {
  const world = settled();
  const before = condition(world, "GatewaysReady").lastTransitionTime;
  later(world, 100);
  world.cluster.metadata.generation = 2;
  expect(condition(world, "GatewaysReady")).toMatchObject({
    lastTransitionTime: before,
    observedGeneration: 2,
  });
  broken(world, "Deployment", "team-gateway", unschedulable);
  const fell = condition(world, "GatewaysReady");
  expect(fell).toMatchObject({ status: "False" });
  expect(fell.lastTransitionTime).not.toBe(before);
});

describe("pods that do not come up", () => {
  test.each<[string, V1Pod["status"], string, RegExp]>([
    [
      "an image that does not exist",
      waitingFor("ImagePullBackOff", 'Back-off pulling image "registry.example/nexus:1.0.0": not found'),
      "ImagePullFailed",
      /^0 of 2 gateways ready\. The image "registry.example\/nexus:1\.0\.0" of pod team-gateway-0 cannot be pulled: .*not found.*spec\.image/,
    ],
    [
      "an impossible image name",
      waitingFor("InvalidImageName", "bad"),
      "ImagePullFailed",
      /cannot be pulled: bad/,
    ],
    [
      "a crash, with the program's last words",
      ended(
        '{"level":"info","msg":"x"}\n{"level":"fatal","msg":"the gateway cannot run","err":{"message":"port in use"}}\n',
      ),
      "CrashLooping",
      /ended with exit code 1 after 4 restarts: the gateway cannot run: port in use\. See kubectl -n chat logs team-gateway-0 --previous/,
    ],
    [
      "wrong settings",
      ended("The configuration is not valid:\n  CACHE_TTL: must be a number\n", 2),
      "CrashLooping",
      /exit code 2 .*: The configuration is not valid: CACHE_TTL: must be a number\./,
    ],
    [
      "too little memory",
      ended("", 137, "OOMKilled"),
      "CrashLooping",
      /more memory than its limit of 1Gi .*raise spec\.gateway\.resources\.limits\.memory/,
    ],
    [
      "no node with room",
      unschedulable,
      "Unschedulable",
      /0\/3 nodes are available: 3 Insufficient cpu\. Add nodes, lower spec\.gateway\.resources\.requests/,
    ],
    [
      "a Secret's key that went",
      waitingFor("CreateContainerConfigError", "couldn't find key url in Secret chat/team-redis"),
      "CreateFailed",
      /couldn't find key url/,
    ],
  ])("%s", (_name, status, reason, message) => {
    const world = settled();
    broken(world, "Deployment", "team-gateway", status);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      status: "False",
      reason,
      message: expect.stringMatching(message),
    });
    expect(condition(world, "Ready")).toMatchObject({
      reason: "NotReady",
      message: expect.stringMatching(/^GatewaysReady: 0 of 2/),
    });
  });

  test("a pod has a minute to become ready before it counts as stuck, and the plan is made anew then", () => {
    const world = settled();
    broken(world, "Deployment", "team-gateway", running);
    later(world, 20);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      reason: "Starting",
      message: "0 of 2 gateways ready so far",
    });
    expect(planOf(world).requeueAfter).toBe(41_000);
    world.events.push({
      involvedName: "team-gateway-0",
      reason: "Unhealthy",
      message: "Readiness probe failed: HTTP probe failed with statuscode: 503",
      at: "2026-01-01T00:00:20Z",
    });
    later(world, 41);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      reason: "NotReady",
      message: expect.stringMatching(/statuscode: 503\): a gateway is ready once Postgres answers it/),
    });
  });

  test("a pod that was ready has ten seconds to become so again, and none while Postgres is away", () => {
    const world = settled();
    later(world, 100);
    const lost: V1Pod["status"] = {
      ...running,
      conditions: [
        { type: "Ready", status: "False", lastTransitionTime: world.now.toISOString() as unknown as Date },
      ],
    };
    broken(world, "Deployment", "team-gateway", lost);
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "Starting" });
    later(world, 11);
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "NotReady" });
    withPods(world, "StatefulSet", "team-postgres", running);
    setStatus(world, "StatefulSet/team-postgres", { observedGeneration: 1, replicas: 1, updatedReplicas: 1 });
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "Waiting" });
    expect(condition(world, "Ready").message).toMatch(/^PostgresReady: 0 of 1 Postgres pod ready/);
  });

  test("a Redis or Postgres pod's trouble is told with the field of the data image", () => {
    const world = settled();
    broken(world, "StatefulSet", "team-redis", waitingFor("ErrImagePull", "denied"));
    broken(world, "StatefulSet", "team-postgres", ended("FATAL:  out of disk\n"));
    expect(condition(world, "RedisReady").message).toMatch(/spec\.dataImage/);
    expect(condition(world, "PostgresReady").message).toMatch(/exit code 1 .*: FATAL: out of disk\./);
  });
});

describe("pods that cannot be made", () => {
  const quota =
    'pods "x" is forbidden: exceeded quota: small, requested: cpu=250m, used: cpu=1, limited: cpu=1';

  test("a Deployment tells of a full quota itself", () => {
    const world = settled();
    setStatus(world, "Deployment/team-worker", {
      observedGeneration: 1,
      conditions: [{ type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: quota }],
    });
    withPods(world, "Deployment", "team-worker", undefined, 0);
    expect(condition(world, "WorkersReady")).toMatchObject({
      reason: "QuotaExceeded",
      message: expect.stringMatching(/exceeded quota: small.*kubectl -n chat describe quota/),
    });
  });

  test("of StatefulSets and Jobs, events tell", () => {
    const world = worldOf();
    reconcile(world);
    reconcile(world);
    world.events.push({
      involvedName: "team-postgres",
      reason: "FailedCreate",
      message: quota,
      at: "2026-01-01T00:00:00Z",
    });
    setStatus(world, "StatefulSet/team-postgres", { observedGeneration: 1 });
    expect(condition(world, "PostgresReady")).toMatchObject({ reason: "QuotaExceeded" });
    withPods(world, "StatefulSet", "team-postgres", readyPod);
    setStatus(world, "StatefulSet/team-postgres", {
      observedGeneration: 1,
      replicas: 1,
      readyReplicas: 1,
      updatedReplicas: 1,
    });
    expect(condition(world, "PostgresReady")).toMatchObject({ reason: "Ready" });
  });

  test("a refusal by admission is told in its own words", () => {
    const world = settled();
    setStatus(world, "Deployment/team-gateway", {
      observedGeneration: 1,
      conditions: [
        { type: "ReplicaFailure", status: "True", message: 'admission webhook "no" denied the request' },
      ],
    });
    withPods(world, "Deployment", "team-gateway", undefined, 0);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      reason: "CreateFailed",
      message: expect.stringContaining("denied the request"),
    });
  });

  test("a volume that cannot be provisioned is Postgres's trouble", () => {
    const world = worldOf({ postgres: { storage: { size: "1Gi", storageClassName: "fast" } } });
    reconcile(world);
    reconcile(world);
    broken(world, "StatefulSet", "team-postgres", unschedulable);
    world.objects.set("pvc", {
      kind: "PersistentVolumeClaim",
      metadata: { name: "data-team-postgres-0" },
      status: { phase: "Pending" },
    } as never);
    world.events.push({
      involvedName: "data-team-postgres-0",
      reason: "ProvisioningFailed",
      message: 'storageclass.storage.k8s.io "fast" not found',
      at: "2026-01-01T00:00:00Z",
    });
    expect(condition(world, "PostgresReady")).toMatchObject({
      reason: "VolumePending",
      message: expect.stringMatching(/"fast" not found\. See that the StorageClass "fast" exists/),
    });
  });
});

describe("rolling out", () => {
  test("a rollout says how far it is, and the summary that it is on its way", () => {
    const world = settled({ gateway: { replicas: 4 } });
    setStatus(world, "Deployment/team-gateway", {
      observedGeneration: 1,
      replicas: 5,
      updatedReplicas: 2,
      readyReplicas: 4,
    });
    expect(condition(world, "GatewaysReady")).toMatchObject({
      status: "False",
      reason: "RollingOut",
      message: "2 of 4 gateways replaced; the others go on meanwhile",
    });
    expect(condition(world, "Ready")).toMatchObject({ reason: "Progressing" });
    expect(planOf(world).status.phase).toBe("Progressing");
  });

  test("more gateways that an autoscaler adds leave the rest ready", () => {
    const world = settled({ gateway: { autoscaling: { enabled: true, minReplicas: 2 } } });
    const deployment = world.objects.get("Deployment/team-gateway") as unknown as {
      spec: { replicas: number };
    };
    deployment.spec.replicas = 4;
    setStatus(world, "Deployment/team-gateway", {
      observedGeneration: 1,
      replicas: 4,
      updatedReplicas: 4,
      readyReplicas: 3,
    });
    withPods(world, "Deployment", "team-gateway", running, 1);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      status: "True",
      message: "3 of 4 gateways ready; more are starting",
    });
  });

  test("an autoscaler without metrics is told beside", () => {
    const world = settled({ gateway: { autoscaling: { enabled: true } } });
    setStatus(world, "HorizontalPodAutoscaler/team-gateway", {
      conditions: [
        { type: "ScalingActive", status: "False", reason: "FailedGetResourceMetric", message: "no metrics" },
      ],
    });
    expect(condition(world, "GatewaysReady")).toMatchObject({
      status: "True",
      message: expect.stringMatching(/2 gateways ready; autoscaling waits for its metrics \(no metrics\)/),
    });
  });
});

describe("Secrets of people", () => {
  const external: ChatClusterSpecInput = {
    postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    redis: { topology: "external", external: { secretRef: { name: "cache", key: "address" } } },
    auth: { secretRef: { name: "tokens" } },
  };
  const good = { url: "postgres://a:b@db.example:5432/chat" };

  test.each<[string, Record<string, Record<string, string>>, ConditionType, string, RegExp]>([
    [
      "missing",
      {},
      "PostgresReady",
      "SecretMissing",
      /"db" is not there\. Create it: kubectl -n chat create secret generic db --from-literal=url='postgres:/,
    ],
    [
      "missing",
      { db: good },
      "RedisReady",
      "SecretMissing",
      /create secret generic cache --from-literal=address='redis:/,
    ],
    [
      "without the key",
      { db: { uri: "x" } },
      "PostgresReady",
      "SecretKeyMissing",
      /"db" has no key "url" \(it has: uri\)\. Add it: kubectl -n chat patch secret db/,
    ],
    [
      "no address",
      { db: { url: "db.example" } },
      "PostgresReady",
      "SecretInvalid",
      /is no address of the form postgres:/,
    ],
    ["of another store", { db: { url: "redis://x:1" } }, "PostgresReady", "SecretInvalid", /is no address/],
    ["missing", { db: good }, "GatewaysReady", "SecretMissing", /"tokens" is not there/],
    [
      "too short",
      { db: good, tokens: { "jwt-secret": "short" } },
      "GatewaysReady",
      "SecretInvalid",
      /shorter than 32 characters/,
    ],
  ])("%s", (_name, secrets, type, reason, message) => {
    const world = worldOf(external);
    for (const [name, values] of Object.entries(secrets)) world.secrets.set(name, secretOf(name, values));
    reconcile(world);
    expect(condition(world, type)).toMatchObject({
      status: "False",
      reason,
      message: expect.stringMatching(message),
    });
    expect(planOf(world).apply.some(({ kind }) => kind === "Deployment")).toBe(false);
  });

  test("when they are made, everything proceeds by itself", () => {
    const world = worldOf(external);
    reconcile(world);
    world.secrets.set("db", secretOf("db", good));
    world.secrets.set("cache", secretOf("cache", { address: "redis://cache.example" }));
    world.secrets.set("tokens", secretOf("tokens", { "jwt-secret": "x".repeat(40) }));
    settle(world);
    expect(condition(world, "Ready")).toMatchObject({ status: "True" });
    expect(condition(world, "PostgresReady")).toMatchObject({
      reason: "External",
      message: /db\.example:5432/,
    });
  });

  test("when one goes later, what runs is left as it is", () => {
    const world = worldOf(external);
    world.secrets.set("db", secretOf("db", good));
    world.secrets.set("cache", secretOf("cache", { address: "redis://cache.example" }));
    world.secrets.set("tokens", secretOf("tokens", { "jwt-secret": "x".repeat(40) }));
    const before = settle(world).apply.filter(({ kind }) => kind === "Deployment");
    world.secrets.delete("tokens");
    const { apply, prune } = planOf(world);
    expect(apply.filter(({ kind }) => kind === "Deployment")).toEqual(before);
    expect(prune).toBe(false);
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "SecretMissing" });
  });
});

describe("push", () => {
  const account = { project_id: "chat", client_email: "a@b", private_key: "-----BEGIN PRIVATE KEY-----" };
  const separate = {
    "project-id": "chat",
    "client-email": "a@b",
    "private-key": "-----BEGIN PRIVATE KEY-----",
  };

  test.each<[string, Record<string, string> | undefined, string, RegExp]>([
    ["no Secret", undefined, "SecretMissing", /create secret generic fcm --from-file=service-account\.json/],
    ["a file", { "service-account.json": JSON.stringify(account) }, "Configured", /project "chat"/],
    ["separate keys", separate, "Configured", /project "chat"/],
    ["no JSON", { "service-account.json": "{" }, "SecretInvalid", /no JSON object/],
    ["a list", { "service-account.json": "[]" }, "SecretInvalid", /no JSON object/],
    [
      "a file without a key",
      { "service-account.json": '{"project_id":"a"}' },
      "SecretInvalid",
      /lacks client_email, private_key/,
    ],
    [
      "nothing of it",
      { other: "x" },
      "SecretInvalid",
      /neither service-account\.json nor project-id, client-email, private-key/,
    ],
    [
      "no PEM",
      { "service-account.json": JSON.stringify({ ...account, private_key: "x" }) },
      "SecretInvalid",
      /PEM/,
    ],
  ])("%s", (_name, values, reason, message) => {
    const world = worldOf({ push: { secretRef: { name: "fcm" } } });
    if (values) world.secrets.set("fcm", secretOf("fcm", values));
    expect(condition(world, "PushConfigured")).toMatchObject({
      reason,
      message: expect.stringMatching(message),
    });
  });
});

describe("what the cluster cannot do", () => {
  test("a web address that cannot be made keeps the summary from being ready", () => {
    const world = settled({ httpRoute: { enabled: true, parentRefs: [{ name: "web" }] } });
    expect(condition(world, "Ready")).toMatchObject({
      status: "False",
      message: /no Gateway API.*install it, or use spec\.ingress/,
    });
  });

  test("a topology of a later release is refused, and what runs is left alone", () => {
    const world = settled();
    world.cluster = {
      ...world.cluster,
      spec: { ...world.cluster.spec, redis: { ...world.cluster.spec.redis, topology: "sentinel" } },
    };
    const { apply, prune, createOnce } = planOf(world);
    expect({ apply, prune, createOnce }).toEqual({ apply: [], prune: false, createOnce: [] });
    expect(condition(world, "Ready")).toMatchObject({
      reason: "InvalidSpec",
      message: "spec.redis.topology sentinel comes with a later release: use standalone or external",
    });
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "Ready" });
  });
});

test("a Secret's value in a program's last words is blanked out", () => {
  const world = settled();
  const password = Buffer.from(world.secrets.get("team-postgres")?.data?.password ?? "", "base64").toString();
  broken(world, "Deployment", "team-gateway", ended(`cannot connect with ${password}\n`));
  const { status, events } = planOf(world);
  expect(JSON.stringify([status, events])).not.toContain(password);
  expect(condition(world, "GatewaysReady").message).toContain("cannot connect with ***");
});

test("events tell of changes, once", () => {
  const world = settled();
  broken(world, "Deployment", "team-gateway", unschedulable);
  expect(reconcile(world).events).toEqual([
    { type: "Warning", reason: "Unschedulable", message: expect.stringMatching(/^GatewaysReady: 0 of 2/) },
  ]);
  expect(reconcile(world).events).toEqual([]);
  becomeReady(world);
  expect(reconcile(world).events.map(({ type, reason }) => [type, reason])).toEqual([
    ["Normal", "AllReady"],
    ["Normal", "GatewaysReady"],
  ]);
});
