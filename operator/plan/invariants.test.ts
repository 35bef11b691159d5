import type { V1Job, V1PodTemplateSpec } from "@kubernetes/client-node";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { namesOf } from "../topologies/common/names.ts";
import type { NetworkPolicy } from "../topologies/network-policies/desired.ts";
import type { Plan } from "./plan.ts";
import { podTemplateOf, violations } from "./testing-restricted.ts";
import { personsSecrets, worlds } from "./testing-specs.ts";
import { keyOf, planOf, settle, type World, worldOf } from "./testing-world.ts";

// Settled once for all tests, which only look. The seed is told with a failure.
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
let settled: { world: World; plan: Plan }[] = [];
beforeAll(() => {
  settled = fc.sample(worlds, { numRuns: 60, seed }).map((world) => ({ world, plan: settle(world) }));
}, 60_000);

function eachSettled(check: (world: World, plan: Plan) => void): void {
  for (const { world, plan } of settled) {
    try {
      check(world, plan);
    } catch (error) {
      throw new Error(`SEED=${seed}, with the spec ${JSON.stringify(world.cluster.spec)}`, { cause: error });
    }
  }
}

function matches(selector: Record<string, string>, template: V1PodTemplateSpec | undefined): boolean {
  return Object.entries(selector).every(([key, value]) => template?.metadata?.labels?.[key] === value);
}

describe("whatever the spec", () => {
  test("every pod fits the level `restricted`, with requests, limits and a read-only root", () => {
    eachSettled((_world, { apply }) => {
      const templates = apply.map((object) => podTemplateOf(object)).filter((each) => each !== undefined);
      expect(templates.length).toBeGreaterThanOrEqual(3);
      for (const { spec } of templates) expect(spec && violations(spec)).toEqual([]);
    });
  });

  test("everything becomes ready, and planning again changes nothing", () => {
    eachSettled((world, { status, prune, createOnce, requeueAfter }) => {
      const ready = status.conditions.find(({ type }) => type === "Ready");
      const route =
        world.cluster.spec.httpRoute.enabled && !world.apis.has("gateway.networking.k8s.io/v1/HTTPRoute");
      expect(ready).toMatchObject({ status: route ? "False" : "True" });
      expect({ prune, createOnce, requeueAfter }).toEqual({
        prune: true,
        createOnce: [],
        requeueAfter: undefined,
      });
      expect(planOf(world)).toEqual(planOf(world));
      expect(planOf(world).events).toEqual([]);
    });
  });

  test("every workload's selector matches its pods, and no other component's", () => {
    eachSettled((_world, { apply }) => {
      const workloads = apply.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
      for (const workload of workloads) {
        const { selector } = (
          workload as unknown as { spec: { selector: { matchLabels: Record<string, string> } } }
        ).spec;
        const selected = apply.filter(
          (other) => podTemplateOf(other) && matches(selector.matchLabels, podTemplateOf(other)),
        );
        expect(selected.map(keyOf)).toEqual([keyOf(workload)]);
      }
    });
  });

  test("selectors, Service names and claims, which cannot change, do not depend on the spec", () => {
    const fixed = (plan: Plan) =>
      Object.fromEntries(
        plan.apply
          .filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet")
          .map((object) => {
            const { selector, serviceName, podManagementPolicy } = (
              object as unknown as { spec: Record<string, unknown> }
            ).spec;
            return [keyOf(object), { selector, serviceName, podManagementPolicy }];
          }),
      );
    const base = {
      ...fixed(settle(worldOf({ redis: { topology: "sentinel" } }))),
      ...fixed(settle(worldOf({ postgres: { backup: { repository: { volume: { claimName: "b" } } } } }))),
      ...fixed(settle(worldOf())),
    };
    eachSettled((world, plan) => {
      if (world.cluster.metadata.name === "team") expect(base).toMatchObject(fixed(plan));
    });
  });

  test("every pod has a NetworkPolicy for both directions", () => {
    eachSettled((_world, { apply }) => {
      const policies = apply.filter((object): object is NetworkPolicy => object.kind === "NetworkPolicy");
      for (const template of apply.map(podTemplateOf).filter((each) => each !== undefined)) {
        const own = policies.filter(({ spec }) => matches(spec.podSelector.matchLabels, template));
        expect(own).toHaveLength(1);
        expect(own[0]?.spec.policyTypes).toEqual(["Ingress", "Egress"]);
      }
    });
  });

  test("names are unique for each kind and at most 63 characters long, with what StatefulSets append", () => {
    eachSettled((_world, { apply }) => {
      const keys = apply.map(keyOf);
      expect(new Set(keys).size).toBe(keys.length);
      for (const { kind, metadata } of apply)
        expect(metadata?.name?.length).toBeLessThanOrEqual(
          kind === "StatefulSet" || kind === "CronJob" ? 63 - 11 : 63,
        );
    });
  });

  test("every object has the labels and, but for kept Secrets and claims, the owner", () => {
    eachSettled(({ cluster }, { apply }) => {
      for (const { kind, metadata } of apply) {
        expect(metadata?.namespace).toBe("chat");
        expect(metadata?.labels).toMatchObject({
          "app.kubernetes.io/name": "nexus",
          "app.kubernetes.io/instance": cluster.metadata.name,
          "app.kubernetes.io/part-of": "nexus",
          "app.kubernetes.io/managed-by": "nexus-operator",
          "nexus.chat/cluster": cluster.metadata.name,
        });
        const kept = kind === "Secret" && cluster.spec.deletionPolicy === "Retain";
        expect(metadata?.ownerReferences).toEqual(
          kept ? undefined : [expect.objectContaining({ uid: cluster.metadata.uid, controller: true })],
        );
      }
    });
  });

  test("no Secret's value is in any object but Secrets, nor in status or events", () => {
    const planted = [...JSON.stringify(personsSecrets).matchAll(/planted-[a-z0-9-]+/g)].map(
      ([value]) => value,
    );
    eachSettled((world, { apply, status, events }) => {
      const generated = [...world.secrets.values()].flatMap(({ data }) =>
        Object.values(data ?? {}).map((value) => Buffer.from(value, "base64").toString()),
      );
      const text = JSON.stringify([apply, status, events]);
      for (const value of [...planted, ...generated]) expect(text).not.toContain(value);
      expect(apply.filter((object) => object.kind === "Secret" && "data" in object)).toEqual([]);
    });
  });

  test("there are no undefined, empty lists or quantities that the API server would rewrite", () => {
    eachSettled((_world, { apply }) => {
      for (const object of apply) expect(rewritten(object, keyOf(object))).toEqual([]);
    });
  });

  test("a migration's Job tells images apart, and has a bounded number of pods", () => {
    eachSettled((world, { apply }) => {
      const [job, ...others] = apply.filter((object): object is V1Job => object.kind === "Job");
      expect(others).toEqual([]);
      expect(job?.metadata?.name).toMatch(
        new RegExp(`^${namesOf(world.cluster.metadata.name).migrate}-[0-9a-f]{10}$`),
      );
      expect(job?.spec?.backoffLimit).toBe(0);
    });
  });
});

/** Paths of values that would not come back from the API server as they were sent. */
function rewritten(value: unknown, path: string): string[] {
  if (value === undefined || value === null) return [path];
  if (Array.isArray(value))
    return value.length === 0 ? [path] : value.flatMap((item, i) => rewritten(item, `${path}[${i}]`));
  if (typeof value === "object")
    return Object.entries(value).flatMap(([key, inner]) => rewritten(inner, `${path}.${key}`));
  const amount = /\.(requests|limits)\.[a-z-]+$|sizeLimit$|averageValue$/.test(path);
  return amount && !/^\d+(m|k|M|G|Ki|Mi|Gi|Ti)?$/.test(String(value)) ? [path] : [];
}
