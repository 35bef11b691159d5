import { describe, expect, test } from "vitest";

import { broken, condition, later, running, settled, unschedulable } from "./testing-conditions.ts";
import { becomeReady, planOf, reconcile, setStatus, withPods, worldOf } from "./testing-world.ts";

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

test("when everything is ready, all conditions say so, and neither push nor backups count", () => {
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
    MessagesArrive: "NotConfigured",
    ContinuousArchiving: "NotConfigured",
    LastBackup: "NotConfigured",
    LastRestoreDrill: "NotConfigured",
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

describe("what the cluster cannot do", () => {
  test("a web address that cannot be made keeps the summary from being ready", () => {
    const world = settled({ httpRoute: { enabled: true, parentRefs: [{ name: "web" }] } });
    expect(condition(world, "Ready")).toMatchObject({
      status: "False",
      message: /no Gateway API.*install it, or use spec\.ingress/,
    });
  });

  test("a topology that only a later release knows is refused, and what runs is left alone", () => {
    const world = settled();
    world.cluster = {
      ...world.cluster,
      spec: { ...world.cluster.spec, redis: { ...world.cluster.spec.redis, topology: "new" as "external" } },
    };
    const { apply, prune, createOnce } = planOf(world);
    expect({ apply, prune, createOnce }).toEqual({ apply: [], prune: false, createOnce: [] });
    expect(condition(world, "Ready")).toMatchObject({
      reason: "InvalidSpec",
      message: "spec.redis.topology new comes with a later release: use standalone or external",
    });
    expect(condition(world, "GatewaysReady")).toMatchObject({ reason: "Ready" });
  });
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
