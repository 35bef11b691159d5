import { afterAll, beforeAll, expect, test } from "vitest";
import { patchAs, removeFrom, type TestCluster, testCluster } from "../../src/testing/kube/test-cluster.ts";
import type { TcpRelay } from "../../src/testing/tcp-relay.ts";
import type { KubeClient } from "./client.ts";
import { KubeError } from "./errors.ts";
import type { KubernetesObject } from "./object.ts";
import { type Change, type Reflector, type ReflectorOptions, startReflector } from "./reflector.ts";
import { resourceOf } from "./resources.ts";

const kind = { apiVersion: "v1", kind: "ConfigMap" };
/** What the operator promises after a cut or a restart of the API server. */
const RECOVERS_WITHIN = 10_000;
let cluster: TestCluster;
let relay: TcpRelay;

beforeAll(async () => {
  cluster = await testCluster(process.env);
  relay = await cluster.startRelay();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

function configMap(group: string, name: string, value = "1"): KubernetesObject {
  return { ...kind, metadata: { name, namespace: cluster.namespace, labels: { group } }, data: { value } };
}

interface Watched extends AsyncDisposable {
  reflector: Reflector;
  told: Change[];
  errors: unknown[];
  lists: number;
  values(): Record<string, string>;
}

async function watch(
  group: string,
  client: KubeClient,
  more: Partial<ReflectorOptions> = {},
): Promise<Watched> {
  const watched = { told: [] as Change[], errors: [] as unknown[], lists: 0 };
  const reflector = startReflector({
    client,
    resource: resourceOf(kind),
    namespace: cluster.namespace,
    labelSelector: `group=${group}`,
    onChange: (change) => watched.told.push(change),
    onError: (error) => watched.errors.push(error),
    onList: () => watched.lists++,
    ...more,
  });
  await reflector.synced;
  return Object.assign(watched, {
    reflector,
    values: () =>
      Object.fromEntries(
        [...reflector.store.values()].map(({ metadata, data }) => [
          metadata.name,
          (data as { value: string }).value,
        ]),
      ),
    [Symbol.asyncDispose]: () => reflector.stop(),
  });
}

const set = (object: KubernetesObject, value: string) =>
  patchAs("person", cluster.client, object, { data: { value } });

test("the copy is exact: listed in pages, then every change, each told once", async () => {
  const all = Array.from({ length: 7 }, (_, i) => configMap("exact", `exact-${i}`));
  for (const object of all) await cluster.writer.create(object);
  await using watched = await watch("exact", cluster.client, { page: 3 });
  expect(Object.keys(watched.values())).toHaveLength(7);
  expect(watched.told.map(({ type }) => type)).toEqual(Array(7).fill("added"));

  await set(all[0]!, "2");
  await removeFrom(cluster.client, all[1]!);
  await cluster.writer.create(configMap("exact", "exact-new"));
  await patchAs("person", cluster.client, all[2]!, { metadata: { labels: { group: "other" } } });
  await expect
    .poll(() => watched.told.slice(7).map(({ type, object }) => `${type} ${object.metadata.name}`))
    .toEqual([
      "modified exact-0",
      "deleted exact-1",
      "added exact-new",
      "deleted exact-2", // it left the selection
    ]);
  expect(watched.values()).toEqual({
    "exact-0": "2",
    "exact-3": "1",
    "exact-4": "1",
    "exact-5": "1",
    "exact-6": "1",
    "exact-new": "1",
  });
  expect(watched.errors).toEqual([]);
});

test("watches that the server ends are continued where they were", async () => {
  const object = configMap("ended", "ended");
  await cluster.writer.create(object);
  await using watched = await watch("ended", cluster.client, { watchFor: 1 });
  for (let value = 2; value < 14; value++) {
    await set(object, String(value));
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await expect.poll(() => watched.values(), { timeout: 10_000 }).toEqual({ ended: "13" });
  expect(watched.told).toHaveLength(13);
  expect(watched.lists).toBe(1);
  expect(watched.errors).toEqual([]);
});

test.each([
  ["is cut", (broken: TcpRelay) => broken.cut(), 0],
  ["falls silent", (broken: TcpRelay) => broken.silence(), 0],
  ["falls silent, and new ones as well for 8 s", (broken: TcpRelay) => broken.silence(), 8000],
  ["is refused for 8 s, as while the API server restarts", (broken: TcpRelay) => broken.refuse(), 8000],
])(
  "a connection that %s: changes are seen within 10 s of its return, without a new list",
  async (name, harm, lasts) => {
    const group = `cut-${name.length}-${lasts}`;
    const object = configMap(group, group);
    await cluster.writer.create(object);
    await using watched = await watch(group, cluster.through(relay));
    harm(relay);
    if (lasts === 0) relay.mend();
    await set(object, "2");
    if (lasts > 0) await new Promise((resolve) => setTimeout(resolve, lasts));
    relay.mend();
    const began = performance.now();
    await expect
      .poll(() => watched.values(), { timeout: RECOVERS_WITHIN, interval: 20 })
      .toEqual({ [group]: "2" });
    process.stdout.write(`${name}: seen after ${Math.round(performance.now() - began)} ms\n`);
    expect(watched.lists).toBe(1);
    expect(watched.reflector.isFailing()).toBe(false);
  },
  40_000,
);

test("a version that is too old is answered with a new list, by which missed deletions are found", async () => {
  const [stays, goes] = [configMap("old", "stays"), configMap("old", "goes")];
  for (const object of [stays, goes]) await cluster.writer.create(object);
  let expire = true;
  const forgetful: KubeClient = {
    ...cluster.client,
    async stream(call, on) {
      if (!expire) return cluster.client.stream(call, on);
      expire = false;
      await removeFrom(cluster.client, goes);
      await set(stays, "2");
      on.open?.();
      on.line(JSON.stringify({ type: "BOOKMARK", object: { metadata: { resourceVersion: "1" } } }));
      throw new KubeError(0, "Unreachable", "ended", undefined, new KubeError(410, "Expired", "too old"));
    },
  };
  await using watched = await watch("old", forgetful);
  await expect.poll(() => watched.values(), { timeout: 10_000 }).toEqual({ stays: "2" });
  expect(
    watched.told
      .map(({ type, object }) => `${type} ${object.metadata.name}`)
      .slice(2)
      .sort(),
  ).toEqual(["deleted goes", "modified stays"]);
  expect(watched.lists).toBe(2);
  expect(watched.errors).toEqual([]);
});

test("what a handler throws comes to light, and stops nothing", async () => {
  const object = configMap("throws", "throws");
  await cluster.writer.create(object);
  await using watched = await watch("throws", cluster.client, {
    onChange({ object: { data } }) {
      if ((data as { value: string }).value === "2") throw new Error("a mistake in the handler");
    },
  });
  await set(object, "2");
  await expect
    .poll(() => watched.errors, { timeout: 10_000 })
    .toEqual([new Error("a mistake in the handler")]);
  await set(object, "3");
  await expect.poll(() => watched.values(), { timeout: 10_000 }).toEqual({ throws: "3" });
});

test("stop is final, even while it waits to try again", async () => {
  const object = configMap("stop", "stop");
  await cluster.writer.create(object);
  const watched = await watch("stop", cluster.through(relay));
  relay.refuse();
  await expect.poll(() => watched.reflector.isFailing(), { timeout: 10_000 }).toBe(true);
  await watched.reflector.stop();
  relay.mend();
  const told = watched.told.length;
  await set(object, "2");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(watched.told).toHaveLength(told);
});

test("a list that is refused is told, and tried again", async () => {
  const wrong = { ...resourceOf(kind), plural: "configmapsx" };
  const errors: KubeError[] = [];
  const reflector = startReflector({
    client: cluster.client,
    resource: wrong,
    namespace: cluster.namespace,
    onChange: () => {},
    onError: (error) => errors.push(error as KubeError),
  });
  await expect.poll(() => errors.length, { timeout: 5000 }).toBeGreaterThan(2);
  expect(errors[0]?.status).toBe(404);
  expect(reflector.isSynced()).toBe(false);
  await reflector.stop();
});
