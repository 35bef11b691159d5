import type { V1Pod } from "@kubernetes/client-node";
import { beforeEach, describe, expect, test } from "vitest";
import { condition, ended, fine, taken, watched, withBackups } from "../../plan/testing-backups.ts";
import { keyOf, planOf, reconcile, type World } from "../../plan/testing-world.ts";

let world: World;
beforeEach(() => {
  world = withBackups();
});

describe("the conditions say", () => {
  test("what can be restored, and since when", () => {
    watched(world, fine);
    const { status } = planOf(world);
    expect(status.backup).toMatchObject({
      firstRecoverabilityPoint: taken.at,
      recoverableUntil: "2026-01-01T00:01:00Z",
      backups: 1,
    });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "True", reason: "Archiving" });
    expect(condition(world, "LastBackup")).toMatchObject({ status: "True", reason: "BackupTaken" });
    expect(condition(world, "LastRestoreDrill")).toMatchObject({ status: "False", reason: "Waiting" });
    expect(condition(world, "Ready")).toMatchObject({ status: "True" });
  });

  test.each([
    ["CredentialsRefused", 'access-key-id and secret-access-key in the Secret "storage"'],
    ["Unreachable", "s3.example:9000"],
    ["BucketMissing", 'Make the bucket "backups"'],
    ["PassphraseWrong", 'the Secret "phrase"'],
  ])("%s, and what to do", (reason, advice) => {
    watched(world, { ...fine, repository: { ok: false, reason, message: "the storage says no" } });
    const told = condition(world, "ContinuousArchiving");
    expect(told).toMatchObject({ status: "False", reason });
    expect(told.message).toContain("the storage says no");
    expect(told.message).toContain(advice);
    // The chat goes on without backups.
    expect(condition(world, "Ready").status).toBe("True");
  });

  test("that a Secret is missing, with the command that makes it", () => {
    world.secrets.delete("storage");
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ reason: "SecretMissing" });
    expect(condition(world, "ContinuousArchiving").message).toContain("create secret generic storage");
  });

  test("nothing of the old settings about new ones", () => {
    watched(world, fine);
    world.cluster = { ...world.cluster, spec: structuredClone(world.cluster.spec) };
    if (world.cluster.spec.postgres.backup) world.cluster.spec.postgres.backup.repository.path = "/elsewhere";
    reconcile(world);
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ reason: "Waiting" });
  });

  test("that the log fails to be archived, or belongs to another database, or has a gap", () => {
    const failing = { wal: "000000010000000000000006", at: "2026-01-01T00:02:00Z", waiting: 3 };
    watched(world, { ...fine, archiving: { ...fine.archiving, failing } });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "False", reason: "Failed" });
    watched(world, { ...fine, repository: { ...fine.repository, system: "8" } });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({
      status: "False",
      reason: "OtherDatabase",
    });
    watched(world, { ...fine, archiving: { ...fine.archiving, wal: "000000010000000000000009" } });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "False", reason: "ArchiveGap" });
    watched(world, {
      ...fine,
      archiving: { ...fine.archiving, wal: `${fine.archiving.wal}.00000028.backup` },
    });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "True" });
    const gap = { wal: "000000010000000000000004", at: "2026-01-01T00:00:30Z" };
    watched(world, { ...fine, archiving: { ...fine.archiving, gap } });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "False", reason: "ArchiveGap" });
    watched(world, {
      ...fine,
      archiving: { ...fine.archiving, gap: { ...gap, at: "2025-12-31T00:00:00Z" } },
    });
    expect(condition(world, "ContinuousArchiving")).toMatchObject({ status: "True" });
  });

  test("that the newest backup failed, until one succeeds", () => {
    watched(world, fine);
    const words = {
      ok: false,
      at: "2026-01-02T00:00:00Z",
      type: "diff",
      reason: "RepositoryFull",
      message: "No space left",
    };
    ended(world, "backup", JSON.stringify(words));
    expect(condition(world, "LastBackup")).toMatchObject({ status: "False", reason: "RepositoryFull" });
    expect(condition(world, "LastBackup").message).toContain(`The last good one is of ${taken.at}`);
    const newer = { ...taken, at: "2026-01-03T00:00:00Z" };
    watched(world, { ...fine, repository: { ...fine.repository, last: newer } });
    expect(condition(world, "LastBackup")).toMatchObject({ status: "True" });
  });

  test("the drill's figures, also when its pod has gone", () => {
    watched(world, fine);
    const figures = {
      at: "2026-01-02T00:00:00Z",
      seconds: 7.4,
      messages: 10_000,
      newestMessageAge: 2.2,
      lostSeconds: 0,
    };
    ended(world, "drill", JSON.stringify({ ok: true, ...figures }), { exitCode: 0 });
    const told = condition(world, "LastRestoreDrill");
    expect(told).toMatchObject({ status: "True", reason: "Passed" });
    expect(told.message).toContain("7.4 s: 10000 messages, the newest of them 2.2 s old");
    reconcile(world);
    world.objects.delete("Pod/team-drill-1");
    expect(planOf(world).status.backup?.lastRestoreDrill).toEqual(figures);
    expect(condition(world, "LastRestoreDrill")).toEqual(told);
  });

  test("that a Job's pod finds no node, when it has waited for a minute", () => {
    watched(world, fine);
    const pending: V1Pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: "team-drill-1",
        namespace: "chat",
        creationTimestamp: world.now,
        labels: { "app.kubernetes.io/component": "backup-job", "nexus.chat/job": "drill" },
      },
      status: {
        phase: "Pending",
        conditions: [
          { type: "PodScheduled", status: "False", reason: "Unschedulable", message: "no volume" },
        ],
      },
    };
    world.objects.set(keyOf(pending), pending);
    expect(condition(world, "LastRestoreDrill")).toMatchObject({ reason: "Waiting" });
    expect(planOf(world).requeueAfter).toBe(61_000);
    world.now = new Date(world.now.getTime() + 61_000);
    expect(condition(world, "LastRestoreDrill")).toMatchObject({ status: "False", reason: "Unschedulable" });
  });

  test("that a drill failed, or was killed before it could say why", () => {
    watched(world, fine);
    ended(
      world,
      "drill",
      JSON.stringify({
        ok: false,
        at: "2026-01-02T00:00:00Z",
        reason: "CheckFailed",
        message: "no messages",
      }),
    );
    expect(condition(world, "LastRestoreDrill")).toMatchObject({ status: "False", reason: "CheckFailed" });
    ended(world, "drill", "", { reason: "OOMKilled", exitCode: 137 });
    expect(condition(world, "LastRestoreDrill")).toMatchObject({ status: "False", reason: "DrillFailed" });
    expect(condition(world, "LastRestoreDrill").message).toContain("memory");
  });
});
