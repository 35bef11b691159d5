import type { V1Pod, V1StatefulSet } from "@kubernetes/client-node";
import { describe, expect, test } from "vitest";
import { planOf, setStatus, settle, type World, worldOf } from "../../../plan/testing-world.ts";

const SET = "StatefulSet/team-postgres";

/** Three members that run: 0 is the primary. */
function running(): World {
  const world = worldOf({ postgres: { topology: "ha" } });
  settle(world);
  return world;
}

function pod(world: World, ordinal: number): V1Pod {
  return world.objects.get(`Pod/team-postgres-${ordinal}`) as V1Pod;
}

function change(world: World, ordinal: number, metadata: V1Pod["metadata"], ready = true): void {
  const old = pod(world, ordinal);
  const { labels, annotations, ...rest } = metadata ?? {};
  world.objects.set(`Pod/team-postgres-${ordinal}`, {
    ...old,
    metadata: {
      ...old.metadata,
      ...rest,
      labels: { ...old.metadata?.labels, ...labels },
      annotations: { ...old.metadata?.annotations, ...annotations },
    },
    status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  } as V1Pod);
}

/** The StatefulSet has a new template that only `done` run. */
function newTemplate(world: World, done: readonly number[]): void {
  const { status } = world.objects.get(SET) as V1StatefulSet;
  setStatus(world, SET, { ...status, updateRevision: "new", currentRevision: "old" });
  for (const ordinal of [0, 1, 2])
    change(world, ordinal, {
      labels: { "controller-revision-hash": done.includes(ordinal) ? "new" : "old" },
    });
}

const restarted = (world: World) => planOf(world).restart.map(({ metadata }) => metadata?.name);
const postgres = (world: World) =>
  planOf(world).status.conditions.find(({ type }) => type === "PostgresReady");
const wish = (world: World) =>
  planOf(world).apply.find(({ metadata }) => metadata?.name === "team-postgres-failover");

describe("a new template", () => {
  test("is for replicas first, one at a time, and for the primary last", () => {
    const world = running();
    expect(restarted(world)).toEqual([]);
    newTemplate(world, []);
    expect(restarted(world)).toEqual(["team-postgres-2"]);
    newTemplate(world, [2]);
    expect(restarted(world)).toEqual(["team-postgres-1"]);
    newTemplate(world, [1, 2]);
    expect(restarted(world)).toEqual(["team-postgres-0"]);
    newTemplate(world, [0, 1, 2]);
    expect(restarted(world)).toEqual([]);
  });

  test("waits while a pod is going, and until the one before copies the primary again", () => {
    const world = running();
    newTemplate(world, []);
    change(world, 2, { deletionTimestamp: world.now });
    expect(restarted(world)).toEqual([]);
    newTemplate(world, [2]);
    delete pod(world, 2).metadata?.deletionTimestamp;
    change(world, 2, { annotations: { status: "{}" } });
    expect(restarted(world)).toEqual([]);
  });

  test("is for the pod that stood alone at once: the others wait for its data", () => {
    const world = running();
    newTemplate(world, [1, 2]);
    for (const ordinal of [0, 1, 2]) delete pod(world, ordinal).metadata?.labels?.["nexus.chat/role"];
    for (const ordinal of [1, 2]) change(world, ordinal, {}, false);
    expect(restarted(world)).toEqual(["team-postgres-0"]);
  });
});

describe("a switchover", () => {
  const annotate = (world: World, value: string) => {
    world.cluster.metadata.annotations = { "nexus.chat/switchover": value };
  };

  test("is asked of Patroni once, and is remembered when it is done", () => {
    const world = running();
    annotate(world, "team-postgres-1");
    expect(wish(world)?.metadata?.annotations).toEqual({
      leader: "team-postgres-0",
      member: "team-postgres-1",
    });
    change(world, 0, { labels: { "nexus.chat/role": "replica" } });
    change(world, 1, { labels: { "nexus.chat/role": "primary" } });
    const { status } = planOf(world);
    expect(status.postgres).toMatchObject({
      primary: "team-postgres-1",
      switchover: "team-postgres-1",
    });
    world.cluster = { ...world.cluster, status };
    // A later failover is not undone.
    change(world, 0, { labels: { "nexus.chat/role": "primary" } });
    change(world, 1, {
      labels: { "nexus.chat/role": "replica" },
      annotations: { status: '{"replication_state":"streaming"}' },
    });
    expect(wish(world)).toBeUndefined();
  });

  test("to a pod that is no replica in sync waits, and the condition says so", () => {
    const world = running();
    annotate(world, "team-postgres-7");
    expect(wish(world)).toBeUndefined();
    expect(postgres(world)).toMatchObject({
      status: "True",
      message: expect.stringContaining('the switchover to "team-postgres-7" waits'),
    });
  });
});

test("a lost primary is first awaited, and after a minute somebody's business", () => {
  const world = running();
  world.cluster = { ...world.cluster, status: planOf(world).status };
  change(world, 0, {}, false);
  const { status } = planOf(world);
  expect(postgres(world)).toMatchObject({ status: "False", reason: "FailingOver" });
  world.cluster = { ...world.cluster, status };
  world.now = new Date(world.now.getTime() + 61_000);
  expect(postgres(world)).toMatchObject({
    reason: "NoPrimary",
    message: expect.stringContaining("lost-quorum.md"),
  });
});

test("of two that are called primary, the one that is ready counts", () => {
  const world = running();
  change(world, 0, {}, false);
  change(world, 1, { labels: { "nexus.chat/role": "primary" } });
  expect(planOf(world).status.postgres?.primary).toBe("team-postgres-1");
});
