import type { V1Pod } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";

import {
  broken,
  condition,
  ended,
  later,
  running,
  settled,
  unschedulable,
  waitingFor,
} from "./testing-conditions.ts";
import { planOf, readyPod, reconcile, setStatus, withPods, worldOf } from "./testing-world.ts";

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

  test("of a rollout leave the old ones running, and it is said so", () => {
    const world = settled();
    setStatus(world, "Deployment/team-gateway", {
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 1,
      readyReplicas: 2,
    });
    withPods(world, "Deployment", "team-gateway", unschedulable, 1);
    expect(condition(world, "GatewaysReady")).toMatchObject({
      reason: "Unschedulable",
      message: expect.stringMatching(
        /^2 of 2 gateways ready, but a new one does not come up\. Pod team-gateway-0 finds/,
      ),
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
