/** For tests: a ChatCluster with backups, and what its watcher and its Jobs tell. */
import { createHash } from "node:crypto";
import type { V1ConfigMap, V1Pod } from "@kubernetes/client-node";
import type { ChatClusterSpecInput } from "../api/chat-cluster.ts";
import { keyOf, planOf, secretOf, settle, type World, worldOf } from "./testing-world.ts";

type Postgres = NonNullable<NonNullable<ChatClusterSpecInput>["postgres"]>;
const s3 = { bucket: "backups", endpoint: "s3.example:9000", secretRef: { name: "storage" } };
export const repository = { s3, encryption: { secretRef: { name: "phrase" } } };
export const taken = {
  label: "20260101-000000F",
  type: "full",
  at: "2026-01-01T00:00:00Z",
  seconds: 3,
  bytes: 4e6,
};
export const fine = {
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

export function withBackups(postgres: Postgres = {}): World {
  const made = worldOf({ postgres: { backup: { repository }, ...postgres } });
  made.secrets.set("storage", secretOf("storage", { "access-key-id": "a", "secret-access-key": "b" }));
  made.secrets.set("phrase", secretOf("phrase", { passphrase: "c" }));
  settle(made);
  return made;
}

export function object<T>(world: World, key: string): T {
  return world.objects.get(key) as T;
}

/** What the watcher tells, about the settings as they are. */
export function watched(world: World, state: object): void {
  const text = object<V1ConfigMap>(world, "ConfigMap/team-backup").data?.["pgbackrest.conf"] ?? "";
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
export function ended(
  world: World,
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

export function condition(world: World, type: string) {
  const found = planOf(world).status.conditions.find((one) => one.type === type);
  return { status: found?.status, reason: found?.reason, message: found?.message ?? "" };
}
