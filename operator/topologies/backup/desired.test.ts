import type { V1ConfigMap, V1CronJob, V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { beforeEach, describe, expect, test } from "vitest";
import { fine, object, repository, watched, withBackups } from "../../plan/testing-backups.ts";
import {
  keyOf,
  planOf,
  reconcile,
  setStatus,
  settle,
  type World,
  worldOf,
} from "../../plan/testing-world.ts";

let world: World;
beforeEach(() => {
  world = withBackups();
});

test("Postgres archives, a pod watches, and Jobs read the primary's volume beside it", () => {
  const set = object<V1StatefulSet>(world, "StatefulSet/team-postgres");
  expect(object<V1ConfigMap>(world, "ConfigMap/team-postgres").data?.["postgresql.conf"]).toContain(
    "archive_command = '/usr/local/bin/nexus-pgbackrest push %p'",
  );
  expect(set.spec?.template.spec?.containers[0]?.volumeMounts).toContainEqual({
    name: "backup",
    mountPath: "/etc/nexus-backup",
    readOnly: true,
  });
  expect(object<V1Deployment>(world, "Deployment/team-backup").spec?.replicas).toBe(1);
  const { schedule, jobTemplate } = object<V1CronJob>(world, "CronJob/team-backup-full").spec ?? {};
  expect(schedule).toBe("0 2 * * 0");
  const pod = jobTemplate?.spec?.template.spec;
  expect(pod?.volumes).toContainEqual({
    name: "data",
    persistentVolumeClaim: { claimName: "data-team-postgres-0" },
  });
  expect(pod?.containers[0]?.volumeMounts).toContainEqual({
    name: "data",
    mountPath: "/var/lib/postgresql/data",
    readOnly: true,
  });
  expect(pod?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution).toHaveLength(1);
});

test("without backups nothing of them is there, and nobody archives", () => {
  world = worldOf();
  settle(world);
  expect([...world.objects.keys()].filter((key) => /backup|drill|CronJob/.test(key))).toEqual([]);
  expect(object<V1ConfigMap>(world, "ConfigMap/team-postgres").data?.["postgresql.conf"]).not.toContain(
    "archive",
  );
});

test("pgBackRest's settings hold what the spec says, and no secret", () => {
  const text = object<V1ConfigMap>(world, "ConfigMap/team-backup").data?.["pgbackrest.conf"];
  for (const line of [
    "repo1-s3-endpoint=s3.example",
    "repo1-storage-port=9000",
    "repo1-cipher-type=aes-256-cbc",
    "repo1-retention-full=14",
    "[team]",
  ])
    expect(text?.split("\n")).toContain(line);
  expect(text).not.toMatch(/key=|pass=/);
});

test("another primary's volume is read after a failover", () => {
  world = withBackups({ topology: "ha" });
  for (const ordinal of [0, 1]) {
    const pod = object<V1Pod>(world, `Pod/team-postgres-${ordinal}`);
    const labels = { ...pod.metadata?.labels, "nexus.chat/role": ordinal === 1 ? "primary" : "replica" };
    world.objects.set(keyOf(pod), { ...pod, metadata: { ...pod.metadata, labels } } as V1Pod);
  }
  reconcile(world);
  const job = object<V1CronJob>(world, "CronJob/team-backup-diff").spec?.jobTemplate.spec?.template.spec;
  expect(job?.volumes).toContainEqual({
    name: "data",
    persistentVolumeClaim: { claimName: "data-team-postgres-1" },
  });
});

describe("the first backup", () => {
  const none = { ...fine, repository: { ok: true, backups: 0, archived: null, system: "7" } };
  const first = () => planOf(world).apply.some(({ metadata }) => metadata?.name === "team-backup-first");

  test("is taken once the repository answers and Postgres archives, and never again", () => {
    expect(first()).toBe(false);
    watched(world, { ...none, archiving: { known: true, mode: "off" } });
    expect(first()).toBe(false);
    watched(world, none);
    expect(first()).toBe(true);
    watched(world, fine);
    expect(first()).toBe(false);
  });

  test("is begun anew five minutes after it has failed for good", () => {
    watched(world, none);
    reconcile(world);
    watched(world, none);
    setStatus(world, "Job/team-backup-first", {
      conditions: [{ type: "Failed", status: "True", lastTransitionTime: world.now.toISOString() }],
    });
    expect(first()).toBe(true);
    expect(planOf(world).requeueAfter).toBe(300_000);
    world.now = new Date(world.now.getTime() + 300_001);
    expect(first()).toBe(false);
  });
});

test("a new ChatCluster begins with another's backups, up to a moment", () => {
  const recovery = { source: "former", repository, targetTime: "2026-01-01T00:00:00Z" };
  for (const topology of ["standalone", "ha"] as const) {
    world = withBackups({ topology, bootstrap: { recovery } });
    const container = object<V1StatefulSet>(world, "StatefulSet/team-postgres").spec?.template.spec
      ?.containers[0];
    expect(container?.env).toContainEqual({ name: "RECOVERY_TARGET_TIME", value: recovery.targetTime });
    expect(container?.env).toContainEqual({ name: "NEXUS_RECOVERY", value: "/etc/nexus-recovery" });
    expect(object<V1ConfigMap>(world, "ConfigMap/team-recovery").data?.["pgbackrest.conf"]).toContain(
      "[former]",
    );
    const patroni = object<V1ConfigMap>(world, "ConfigMap/team-postgres").data?.["patroni.json"];
    if (topology === "ha")
      expect(JSON.parse(patroni ?? "")).toMatchObject({ bootstrap: { method: "recovery" } });
  }
});
