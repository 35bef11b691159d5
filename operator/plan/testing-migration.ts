/** For tests of migrations: worlds on their way from one image to another. */
import type { V1Job } from "@kubernetes/client-node";
import { expect } from "vitest";
import { podTemplateOf } from "./testing-restricted.ts";
import { becomeReady, planOf, reconcile, setStatus, type World, withPods, worldOf } from "./testing-world.ts";

export function imageOf(world: World, kind: string, name: string): string | undefined {
  const object = reconcile(world).apply.find((each) => each.kind === kind && each.metadata?.name === name);
  return object && podTemplateOf(object)?.spec?.containers[0]?.image;
}

export const gatewayImage = (world: World) => imageOf(world, "Deployment", "team-gateway");

export function job(world: World): V1Job {
  const found = [...world.objects.values()].filter(({ kind }) => kind === "Job");
  expect(found).toHaveLength(1);
  return found[0] as V1Job;
}

export function schema(world: World) {
  return planOf(world).status.conditions.find(({ type }) => type === "SchemaMigrated");
}

export function upgrade(world: World, version: string | undefined): void {
  const { version: _, ...spec } = world.cluster.spec;
  world.cluster = { ...world.cluster, spec: { ...spec, ...(version !== undefined && { version }) } };
}

export function fail(world: World, words: string): void {
  const { metadata } = job(world);
  const name = metadata?.name ?? "";
  setStatus(world, `Job/${name}`, {
    failed: 1,
    conditions: [{ type: "Failed", status: "True", lastTransitionTime: world.now.toISOString() }],
  });
  withPods(world, "Job", name, {
    phase: "Failed",
    containerStatuses: [
      {
        name: "migrate",
        image: "",
        imageID: "",
        ready: false,
        restartCount: 0,
        state: { terminated: { exitCode: 1, reason: "Error", message: `migration failed: ${words}\n` } },
      },
    ],
  });
}

/** Postgres is ready and the Job has begun. */
export function migrating(): World {
  const world = worldOf();
  reconcile(world);
  reconcile(world);
  becomeReadyOnly(world, "StatefulSet");
  reconcile(world);
  return world;
}

export function becomeReadyOnly(world: World, kind: string): void {
  const jobs = [...world.objects].filter(([, object]) => object.kind !== kind);
  const kept = jobs.map(([key, object]) => [key, structuredClone(object)] as const);
  becomeReady(world);
  for (const [key, object] of kept) world.objects.set(key, object);
}
