import { createHash } from "node:crypto";
import type { V1ConfigMap, V1CronJob, V1Deployment, V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { beforeEach, describe, expect, test } from "vitest";
import type { ChatClusterSpecInput } from "../../api/chat-cluster.ts";
import {
  keyOf,
  planOf,
  reconcile,
  secretOf,
  setStatus,
  settle,
  type World,
  worldOf,
} from "../../plan/testing-world.ts";

type Postgres = NonNullable<NonNullable<ChatClusterSpecInput>["postgres"]>;
const s3 = { bucket: "backups", endpoint: "s3.example:9000", secretRef: { name: "storage" } };
const repository = { s3, encryption: { secretRef: { name: "phrase" } } };
const taken = { label: "20260101-000000F", type: "full", at: "2026-01-01T00:00:00Z", seconds: 3, bytes: 4e6 };
const fine = {
  repository: {
    ok: true,
    backups: 1,
    first: taken.at,
    last: taken,
    size: 4e6,
    archived: "000000010000000000000005",
    system: "7",
  },
  archiving: {
    known: true,
    mode: "on",
    system: "7",
    wal: "000000010000000000000005",
    at: "2026-01-01T00:01:00Z",
  },
};

let world: World;
beforeEach(() => {
  world = withBackups();
});

function withBackups(postgres: Postgres = {}): World {
  const made = worldOf({ postgres: { backup: { repository }, ...postgres } });
  made.secrets.set("storage", secretOf("storage", { "access-key-id": "a", "secret-access-key": "b" }));
  made.secrets.set("phrase", secretOf("phrase", { passphrase: "c" }));
  settle(made);
  return made;
}

function object<T>(key: string): T {
  return world.objects.get(key) as T;
}

/** What the watcher tells, about the settings as they are. */
function watched(state: object): void {
  const text = object<V1ConfigMap>("ConfigMap/team-backup").data?.["pgbackrest.conf"] ?? "";
  const settings = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const told: V1ConfigMap = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "team-backup-state", namespace: "chat" },
    data: { state: JSON.stringify({ settings, ...state }) },
  };
  world.objects.set(keyOf(told), told);
}

/** A Job's pod has ended with these last words. */
function ended(
  kind: "backup" | "drill",
  message: string,
  more: { reason?: string; exitCode?: number } = {},
): void {
  const pod: V1Pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `team-${kind}-1`,
      namespace: "chat",
      labels: { "app.kubernetes.io/component": "backup-job", "nexus.chat/job": kind },
    },
    status: {
      phase: "Failed",
      containerStatuses: [
        {
          name: kind,
          image: "i",
          imageID: "i",
          ready: false,
          restartCount: 0,
          state: {
            terminated: { exitCode: 1, finishedAt: new Date("2026-01-02T00:00:00Z"), message, ...more },
          },
        },
      ],
    },
  };
  world.objects.set(keyOf(pod), pod);
}

function condition(type: string) {
  const found = planOf(world).status.conditions.find((one) => one.type === type);
  return { status: found?.status, reason: found?.reason, message: found?.message ?? "" };
}

test("Postgres archives, a pod watches, and Jobs read the primary's volume beside it", () => {
  const set = object<V1StatefulSet>("StatefulSet/team-postgres");
  expect(object<V1ConfigMap>("ConfigMap/team-postgres").data?.["postgresql.conf"]).toContain(
    "archive_command = '/usr/local/bin/nexus-pgbackrest push %p'",
  );
  expect(set.spec?.template.spec?.containers[0]?.volumeMounts).toContainEqual({
    name: "backup",
    mountPath: "/etc/nexus-backup",
    readOnly: true,
  });
  expect(object<V1Deployment>("Deployment/team-backup").spec?.replicas).toBe(1);
  const { schedule, jobTemplate } = object<V1CronJob>("CronJob/team-backup-full").spec ?? {};
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
  expect(object<V1ConfigMap>("ConfigMap/team-postgres").data?.["postgresql.conf"]).not.toContain("archive");
});

test("pgBackRest's settings hold what the spec says, and no secret", () => {
  const text = object<V1ConfigMap>("ConfigMap/team-backup").data?.["pgbackrest.conf"];
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
    const pod = object<V1Pod>(`Pod/team-postgres-${ordinal}`);
    const labels = { ...pod.metadata?.labels, "nexus.chat/role": ordinal === 1 ? "primary" : "replica" };
    world.objects.set(keyOf(pod), { ...pod, metadata: { ...pod.metadata, labels } } as V1Pod);
  }
  reconcile(world);
  const job = object<V1CronJob>("CronJob/team-backup-diff").spec?.jobTemplate.spec?.template.spec;
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
    watched({ ...none, archiving: { known: true, mode: "off" } });
    expect(first()).toBe(false);
    watched(none);
    expect(first()).toBe(true);
    watched(fine);
    expect(first()).toBe(false);
  });

  test("is begun anew five minutes after it has failed for good", () => {
    watched(none);
    reconcile(world);
    watched(none);
    setStatus(world, "Job/team-backup-first", {
      conditions: [{ type: "Failed", status: "True", lastTransitionTime: world.now.toISOString() }],
    });
    expect(first()).toBe(true);
    expect(planOf(world).requeueAfter).toBe(300_000);
    world.now = new Date(world.now.getTime() + 300_001);
    expect(first()).toBe(false);
  });
});

describe("the conditions say", () => {
  test("what can be restored, and since when", () => {
    watched(fine);
    const { status } = planOf(world);
    expect(status.backup).toMatchObject({
      firstRecoverabilityPoint: taken.at,
      recoverableUntil: "2026-01-01T00:01:00Z",
      backups: 1,
    });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "True", reason: "Archiving" });
    expect(condition("LastBackup")).toMatchObject({ status: "True", reason: "BackupTaken" });
    expect(condition("LastRestoreDrill")).toMatchObject({ status: "False", reason: "Waiting" });
    expect(condition("Ready")).toMatchObject({ status: "True" });
  });

  test.each([
    ["CredentialsRefused", 'access-key-id and secret-access-key in the Secret "storage"'],
    ["Unreachable", "s3.example:9000"],
    ["BucketMissing", 'Make the bucket "backups"'],
    ["PassphraseWrong", 'the Secret "phrase"'],
  ])("%s, and what to do", (reason, advice) => {
    watched({ ...fine, repository: { ok: false, reason, message: "the storage says no" } });
    const told = condition("ContinuousArchiving");
    expect(told).toMatchObject({ status: "False", reason });
    expect(told.message).toContain("the storage says no");
    expect(told.message).toContain(advice);
    // The chat goes on without backups.
    expect(condition("Ready").status).toBe("True");
  });

  test("that a Secret is missing, with the command that makes it", () => {
    world.secrets.delete("storage");
    expect(condition("ContinuousArchiving")).toMatchObject({ reason: "SecretMissing" });
    expect(condition("ContinuousArchiving").message).toContain("create secret generic storage");
  });

  test("nothing of the old settings about new ones", () => {
    watched(fine);
    world.cluster = { ...world.cluster, spec: structuredClone(world.cluster.spec) };
    if (world.cluster.spec.postgres.backup) world.cluster.spec.postgres.backup.repository.path = "/elsewhere";
    reconcile(world);
    expect(condition("ContinuousArchiving")).toMatchObject({ reason: "Waiting" });
  });

  test("that the log fails to be archived, or belongs to another database, or has a gap", () => {
    const failing = { wal: "000000010000000000000006", at: "2026-01-01T00:02:00Z", waiting: 3 };
    watched({ ...fine, archiving: { ...fine.archiving, failing } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "False", reason: "Failed" });
    watched({ ...fine, repository: { ...fine.repository, system: "8" } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "False", reason: "OtherDatabase" });
    watched({ ...fine, archiving: { ...fine.archiving, wal: "000000010000000000000009" } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "False", reason: "ArchiveGap" });
    watched({ ...fine, archiving: { ...fine.archiving, wal: `${fine.archiving.wal}.00000028.backup` } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "True" });
    const gap = { wal: "000000010000000000000004", at: "2026-01-01T00:00:30Z" };
    watched({ ...fine, archiving: { ...fine.archiving, gap } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "False", reason: "ArchiveGap" });
    watched({ ...fine, archiving: { ...fine.archiving, gap: { ...gap, at: "2025-12-31T00:00:00Z" } } });
    expect(condition("ContinuousArchiving")).toMatchObject({ status: "True" });
  });

  test("that the newest backup failed, until one succeeds", () => {
    watched(fine);
    const words = {
      ok: false,
      at: "2026-01-02T00:00:00Z",
      type: "diff",
      reason: "RepositoryFull",
      message: "No space left",
    };
    ended("backup", JSON.stringify(words));
    expect(condition("LastBackup")).toMatchObject({ status: "False", reason: "RepositoryFull" });
    expect(condition("LastBackup").message).toContain(`The last good one is of ${taken.at}`);
    const newer = { ...taken, at: "2026-01-03T00:00:00Z" };
    watched({ ...fine, repository: { ...fine.repository, last: newer } });
    expect(condition("LastBackup")).toMatchObject({ status: "True" });
  });

  test("the drill's figures, also when its pod has gone", () => {
    watched(fine);
    const figures = {
      at: "2026-01-02T00:00:00Z",
      seconds: 7.4,
      messages: 10_000,
      newestMessageAge: 2.2,
      lostSeconds: 0,
    };
    ended("drill", JSON.stringify({ ok: true, ...figures }), { exitCode: 0 });
    const told = condition("LastRestoreDrill");
    expect(told).toMatchObject({ status: "True", reason: "Passed" });
    expect(told.message).toContain("7.4 s: 10000 messages, the newest of them 2.2 s old");
    reconcile(world);
    world.objects.delete("Pod/team-drill-1");
    expect(planOf(world).status.backup?.lastRestoreDrill).toEqual(figures);
    expect(condition("LastRestoreDrill")).toEqual(told);
  });

  test("that a drill failed, or was killed before it could say why", () => {
    watched(fine);
    ended(
      "drill",
      JSON.stringify({
        ok: false,
        at: "2026-01-02T00:00:00Z",
        reason: "CheckFailed",
        message: "no messages",
      }),
    );
    expect(condition("LastRestoreDrill")).toMatchObject({ status: "False", reason: "CheckFailed" });
    ended("drill", "", { reason: "OOMKilled", exitCode: 137 });
    expect(condition("LastRestoreDrill")).toMatchObject({ status: "False", reason: "DrillFailed" });
    expect(condition("LastRestoreDrill").message).toContain("memory");
  });
});

test("a new ChatCluster begins with another's backups, up to a moment", () => {
  const recovery = { source: "former", repository, targetTime: "2026-01-01T00:00:00Z" };
  for (const topology of ["standalone", "ha"] as const) {
    world = withBackups({ topology, bootstrap: { recovery } });
    const container = object<V1StatefulSet>("StatefulSet/team-postgres").spec?.template.spec?.containers[0];
    expect(container?.env).toContainEqual({ name: "RECOVERY_TARGET_TIME", value: recovery.targetTime });
    expect(container?.env).toContainEqual({ name: "NEXUS_RECOVERY", value: "/etc/nexus-recovery" });
    expect(object<V1ConfigMap>("ConfigMap/team-recovery").data?.["pgbackrest.conf"]).toContain("[former]");
    const patroni = object<V1ConfigMap>("ConfigMap/team-postgres").data?.["patroni.json"];
    if (topology === "ha")
      expect(JSON.parse(patroni ?? "")).toMatchObject({ bootstrap: { method: "recovery" } });
  }
});
