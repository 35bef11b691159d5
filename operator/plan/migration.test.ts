import type { V1Deployment } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { later } from "./testing-conditions.ts";
import {
  becomeReadyOnly,
  fail,
  gatewayImage,
  imageOf,
  job,
  migrating,
  schema,
  upgrade,
} from "./testing-migration.ts";
import {
  becomeReady,
  planOf,
  reconcile,
  secretOf,
  setStatus,
  settle,
  withPods,
  worldOf,
} from "./testing-world.ts";

test("nothing runs before the schema is there, and the Job waits for Postgres", () => {
  const world = worldOf();
  reconcile(world);
  expect(reconcile(world).apply.map(({ kind }) => kind)).not.toContain("Job");
  becomeReadyOnly(world, "StatefulSet");
  expect(reconcile(world).apply.map(({ kind }) => kind)).toContain("Job");
  expect(gatewayImage(world)).toBeUndefined();
  expect(schema(world)).toMatchObject({ status: "False", reason: "Migrating" });
  becomeReady(world);
  expect(gatewayImage(world)).toBe("registry.example/nexus:1.0.0");
  expect(schema(world)).toMatchObject({ status: "True", reason: "Migrated" });
  expect(world.cluster.status?.schema).toEqual({
    image: "registry.example/nexus:1.0.0",
    migratedAt: "2026-01-01T00:00:00Z",
  });
});

test("the Job that is there stays when Postgres goes away", () => {
  const world = migrating();
  setStatus(world, "StatefulSet/team-postgres", { observedGeneration: 1, replicas: 1, updatedReplicas: 1 });
  expect(reconcile(world).apply.map(({ kind }) => kind)).toContain("Job");
});

describe("an upgrade", () => {
  test("migrates first, and rolls gateways and workers when that has succeeded", () => {
    const world = worldOf();
    settle(world);
    upgrade(world, "2.0.0");
    expect(gatewayImage(world)).toBe("registry.example/nexus:1.0.0");
    expect(job(world).spec?.template.spec?.containers[0]?.image).toBe("registry.example/nexus:2.0.0");
    expect(schema(world)).toMatchObject({
      reason: "Migrating",
      message: expect.stringContaining("to version 2.0.0; version 1.0.0 goes on meanwhile"),
    });
    expect(planOf(world).status).toMatchObject({ image: "registry.example/nexus:1.0.0", version: "1.0.0" });
    becomeReady(world);
    expect(gatewayImage(world)).toBe("registry.example/nexus:2.0.0");
    expect(imageOf(world, "Deployment", "team-worker")).toBe("registry.example/nexus:2.0.0");
    expect(settle(world).status).toMatchObject({ version: "2.0.0", phase: "Ready" });
  });

  test("to an image that does not exist leaves the old version running, and says so", () => {
    const world = worldOf();
    settle(world);
    upgrade(world, "no-such");
    reconcile(world);
    withPods(world, "Job", job(world).metadata?.name ?? "", {
      phase: "Pending",
      containerStatuses: [
        {
          name: "migrate",
          image: "",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: "ErrImagePull", message: "not found" } },
        },
      ],
    });
    expect(schema(world)).toMatchObject({
      reason: "ImagePullFailed",
      message: expect.stringMatching(
        /"registry\.example\/nexus:no-such" .*version 1\.0\.0 goes on meanwhile/,
      ),
    });
    expect(gatewayImage(world)).toBe("registry.example/nexus:1.0.0");
    upgrade(world, undefined);
    expect(settle(world).status.conditions[0]).toMatchObject({ type: "Ready", status: "True" });
  });

  test("that lost its status goes on with what runs", () => {
    const world = worldOf();
    settle(world);
    upgrade(world, "2.0.0");
    const { status: _, ...cluster } = world.cluster;
    world.cluster = cluster;
    expect(gatewayImage(world)).toBe("registry.example/nexus:1.0.0");
  });

  test("to an older version whose schema is older is refused by its Job, and the newer version stays", () => {
    const world = worldOf();
    upgrade(world, "2.0.0");
    settle(world);
    upgrade(world, "1.0.0");
    reconcile(world);
    fail(
      world,
      "The database's schema is at version 9, newer than this release knows (8): run the newer release, or restore a backup from before its migration.",
    );
    expect(schema(world)).toMatchObject({
      status: "False",
      reason: "SchemaNewer",
      message: expect.stringMatching(
        /^Version 1\.0\.0 cannot be run: The database's schema is at version 9.*Set spec\.version.*version 2\.0\.0 goes on/,
      ),
    });
    expect(gatewayImage(world)).toBe("registry.example/nexus:2.0.0");
  });
});

describe("a failed migration", () => {
  test("is tried again after a pause that grows to a minute, with its words kept until the next attempt has ended", () => {
    const world = migrating();
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const uid = job(world).metadata?.uid;
      fail(world, "connect ECONNREFUSED 10.0.0.1:5432");
      const { requeueAfter = 0 } = reconcile(world);
      expect(schema(world)).toMatchObject({
        reason: "MigrationFailed",
        message: expect.stringMatching(
          /to version 1\.0\.0 failed: connect ECONNREFUSED 10\.0\.0\.1:5432\. It is tried again after \d+ s\./,
        ),
      });
      expect(job(world).metadata?.uid).toBe(uid);
      pauses.push(requeueAfter / 1000);
      later(world, requeueAfter / 1000);
      reconcile(world);
      expect(job(world).metadata?.uid).not.toBe(uid);
      expect(schema(world)).toMatchObject({ reason: "MigrationFailed" });
      expect(planOf(world).events).toEqual([]);
    }
    expect(pauses).toEqual(
      [5, 5, 5, 7.5, 11.25, 16.875, 25.313, 37.969].map((pause) => expect.closeTo(pause, 1)),
    );
    becomeReady(world);
    settle(world);
    expect(schema(world)).toMatchObject({ status: "True" });
  });

  test("keeps its words while the Job has gone, and while its successor runs", () => {
    const world = migrating();
    fail(world, "connect ECONNREFUSED 10.0.0.1:5432");
    reconcile(world);
    world.objects.delete(`Job/${job(world).metadata?.name}`);
    expect(schema(world)).toMatchObject({ reason: "MigrationFailed" });
    expect(reconcile(world).events).toEqual([]);
    expect(reconcile(world).events).toEqual([]);
    expect(schema(world)).toMatchObject({ reason: "MigrationFailed" });
  });

  test("of an external database says that it cannot be reached; a mended Secret is tried at once", () => {
    const world = worldOf({
      postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    });
    world.secrets.set("db", secretOf("db", { url: "postgres://a:b@nowhere.example/chat" }));
    reconcile(world);
    reconcile(world);
    fail(world, "getaddrinfo ENOTFOUND nowhere.example");
    const { status } = reconcile(world);
    expect(status.conditions.find(({ type }) => type === "PostgresReady")).toMatchObject({
      reason: "Unreachable",
      message: expect.stringMatching(
        /at nowhere\.example cannot be used: getaddrinfo ENOTFOUND nowhere\.example\. Check address, user and password in the Secret "db" \(key url\)/,
      ),
    });
    expect(status.conditions[0]).toMatchObject({ message: expect.stringMatching(/^PostgresReady: /) });
    const uid = job(world).metadata?.uid;
    later(world, 1);
    world.secrets.set("db", secretOf("db", { url: "postgres://a:b@db.example/chat" }));
    reconcile(world);
    expect(job(world).metadata?.uid).not.toBe(uid);
    expect(schema(world)).toMatchObject({ reason: "Migrating" });
    expect(settle(world).status.phase).toBe("Ready");
  });

  test("with an address that was changed later leaves what runs alone, and the words stay", () => {
    const world = worldOf({
      postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    });
    world.secrets.set("db", secretOf("db", { url: "postgres://a:b@db.example/chat" }));
    const before = settle(world).apply.filter(({ kind }) => kind === "Deployment");
    world.secrets.set("db", secretOf("db", { url: "postgres://a:b@nowhere.example/chat" }));
    const deployments = () => reconcile(world).apply.filter(({ kind }) => kind === "Deployment");
    expect(deployments()).toEqual(before);
    fail(world, "getaddrinfo ENOTFOUND nowhere.example");
    expect(deployments()).toEqual(before);
    world.objects.delete(`Job/${job(world).metadata?.name}`);
    for (let i = 0; i < 3; i++) {
      const { status, events } = reconcile(world);
      expect(events).toEqual([]);
      expect(status.conditions.find(({ type }) => type === "PostgresReady")).toMatchObject({
        reason: "Unreachable",
      });
      expect(schema(world)).toMatchObject({ reason: "MigrationFailed" });
    }
    becomeReady(world);
    expect(deployments()).not.toEqual(before);
  });

  test("of an upgrade takes nothing from the external database that serves meanwhile", () => {
    const world = worldOf({
      postgres: { topology: "external", external: { secretRef: { name: "db" } } },
    });
    world.secrets.set("db", secretOf("db", { url: "postgres://a:b@db.example/chat" }));
    settle(world);
    upgrade(world, "2.0.0");
    const { status } = reconcile(world);
    expect(status.conditions.find(({ type }) => type === "PostgresReady")).toMatchObject({
      reason: "External",
    });
    expect(status.conditions[0]?.message).toMatch(/^SchemaMigrated: /);
  });

  test("an old image's Job goes when the new one is there", () => {
    const world = worldOf();
    settle(world);
    const old = job(world).metadata?.name;
    upgrade(world, "2.0.0");
    reconcile(world);
    expect(job(world).metadata?.name).not.toBe(old);
  });

  test("a finished Job that somebody deleted is made again and disturbs nothing", () => {
    const world = worldOf();
    const before = settle(world).apply;
    world.objects.delete(`Job/${job(world).metadata?.name}`);
    const { apply, events, status } = reconcile(world);
    expect(apply).toEqual(before);
    expect(events).toEqual([]);
    expect(status.phase).toBe("Ready");
    const deployment = world.objects.get("Deployment/team-gateway") as V1Deployment;
    expect(deployment.spec?.template.spec?.containers[0]?.image).toBe("registry.example/nexus:1.0.0");
  });
});
