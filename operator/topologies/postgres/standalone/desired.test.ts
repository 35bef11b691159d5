import type { V1StatefulSet } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import type { ChatClusterSpecInput } from "../../../api/chat-cluster.ts";
import { planOf, reconcile, settle, worldOf } from "../../../plan/testing-world.ts";
import { postgresqlConf } from "./settings.ts";

function statefulSet(spec: ChatClusterSpecInput): V1StatefulSet {
  const found = settle(worldOf(spec)).apply.find(
    ({ kind, metadata }) => kind === "StatefulSet" && metadata?.name === "team-postgres",
  );
  if (!found) throw new Error("no StatefulSet");
  return found as V1StatefulSet;
}

test("the volume outlives the ChatCluster unless it is told to go with it", () => {
  const retention = (spec: ChatClusterSpecInput) =>
    statefulSet(spec).spec?.persistentVolumeClaimRetentionPolicy;
  expect(retention({})).toEqual({ whenDeleted: "Retain", whenScaled: "Retain" });
  expect(retention({ deletionPolicy: "Delete" })).toEqual({ whenDeleted: "Delete", whenScaled: "Retain" });
});

test("its Secret is made once, with a password that is safe in the address of the write Service", () => {
  const world = worldOf();
  const secret = reconcile(world).createOnce.find(({ metadata }) => metadata?.name === "team-postgres");
  const value = (key: string) => Buffer.from(secret?.data?.[key] ?? "", "base64").toString();
  expect(value("url")).toBe(`postgres://nexus:${value("password")}@team-postgres-rw.chat.svc:5432/nexus`);
  expect(new URL(value("url")).password).toBe(value("password"));
  expect(planOf(world).createOnce).toEqual([]);
});

test("what a person has put into the Secret is used, and only its labels are written", () => {
  const world = worldOf();
  reconcile(world);
  const written = settle(world).apply.filter(({ kind }) => kind === "Secret");
  expect(written.map(({ metadata }) => metadata?.name).sort()).toEqual([
    "team-auth",
    "team-postgres",
    "team-redis",
  ]);
  for (const secret of written) {
    expect(Object.keys(secret).sort()).toEqual(["apiVersion", "kind", "metadata"]);
    // Without it a Secret that was deleted meanwhile would come back empty.
    expect(secret.metadata?.uid).toBe(`uid-${secret.metadata?.name}`);
  }
});

describe("a volume that is to grow", () => {
  const claim = (size: string) =>
    ({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: { name: "data-team-postgres-0", uid: "uid-claim" },
      spec: { resources: { requests: { storage: size } } },
    }) as never;

  test("has its claim enlarged, which a StatefulSet never does, and is left alone otherwise", () => {
    const world = worldOf({ postgres: { storage: { size: "20Gi" } } });
    settle(world);
    const claims = () => planOf(world).apply.filter(({ kind }) => kind === "PersistentVolumeClaim");
    world.objects.set("PersistentVolumeClaim/data", claim("10Gi"));
    expect(claims()).toMatchObject([
      {
        metadata: { name: "data-team-postgres-0", uid: "uid-claim" },
        spec: { resources: { requests: { storage: "20Gi" } } },
      },
    ]);
    world.objects.set("PersistentVolumeClaim/data", claim("20480Mi"));
    expect(claims()).toEqual([]);
  });
});

test("a larger volume or a moved address restarts nothing; a parameter or a new password does", () => {
  const pods = (spec: ChatClusterSpecInput) => statefulSet(spec).spec?.template;
  const parameters = { work_mem: "16MB" };
  expect(pods({ postgres: { storage: { size: "1Ti" } }, ingress: { enabled: true, host: "a.b" } })).toEqual(
    pods({}),
  );
  expect(pods({ postgres: { parameters } })).not.toEqual(pods({}));
  const world = worldOf();
  const template = () =>
    (settle(world).apply.find(({ kind }) => kind === "StatefulSet") as V1StatefulSet).spec?.template;
  const before = template();
  const secret = world.secrets.get("team-postgres");
  world.secrets.set("team-postgres", { ...secret, data: { ...secret?.data, password: "bmV3" } });
  expect(template()).not.toEqual(before);
});

describe("postgresql.conf", () => {
  const lines = (memory: number, size: string, parameters?: Record<string, string>) =>
    postgresqlConf(memory, size, parameters).split("\n");

  test("is tuned to the memory limit and the volume", () => {
    expect(lines(1024, "10Gi")).toEqual(
      expect.arrayContaining([
        "shared_buffers = '256MB'",
        "max_connections = '204'",
        "max_wal_size = '1024MB'",
      ]),
    );
    expect(lines(8192, "1Ti")).toEqual(
      expect.arrayContaining([
        "shared_buffers = '2048MB'",
        "max_connections = '1000'",
        "max_wal_size = '4096MB'",
      ]),
    );
  });

  test("takes a person's parameters, quoted", () => {
    expect(lines(1024, "1Gi", { work_mem: "16MB", "a.b": "it's \\ here" })).toEqual(
      expect.arrayContaining(["work_mem = '16MB'", "a.b = 'it''s \\\\ here'"]),
    );
  });

  test("keeps what users wrote out of the log", () => {
    expect(lines(1024, "1Gi")).toEqual(
      expect.arrayContaining(["log_error_verbosity = 'terse'", "log_min_error_statement = 'panic'"]),
    );
  });
});
