import { afterAll, beforeAll, expect, test } from "vitest";
import {
  applyAs,
  patchAs,
  removeFrom,
  type TestCluster,
  testCluster,
} from "../../src/testing/kube/test-cluster.ts";
import { createWriter } from "../kube/apply.ts";
import { createClient } from "../kube/client.ts";
import { type KubernetesObject, keyOf } from "../kube/object.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";
import { type Actor, createActor, DESIRED_HASH } from "./act.ts";
import { createView } from "./view.ts";
import { startWatches, type Watches } from "./watches.ts";

let cluster: TestCluster;
let watches: Watches;
let actor: Actor;
let owner: KubernetesObject;
const requests: string[] = [];

beforeAll(async () => {
  cluster = await testCluster(process.env);
  const client = createClient(cluster.access, {
    userAgent: "nexus-test",
    onRequest: (verb, resource, status) => requests.push(`${verb} ${resource} ${status}`),
  });
  // Any object can own others; that of the real kind is not needed here.
  const made = await cluster.writer.create({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "a", namespace: cluster.namespace },
  });
  if (!made) throw new Error("the owner is there already");
  owner = { ...made, apiVersion: "v1", kind: "ConfigMap" };
  const view = createView(() => watches.reflectors());
  watches = startWatches({
    client,
    namespace: cluster.namespace,
    onChange: () => {},
    onSeen: (object) => view.seen(object),
    onError: (resource, error) => {
      throw new Error(`${resource}: ${error}`);
    },
    onList: () => {},
  });
  await watches.synced;
  const writer = createWriter(client, new AbortController().signal, () => {});
  actor = createActor(writer, view, () => {});
});
afterAll(async () => {
  await watches?.stop();
  await cluster?.[Symbol.asyncDispose]();
});

function owned(
  kind: string,
  apiVersion: string,
  name: string,
  rest: Record<string, unknown>,
): KubernetesObject {
  const { uid = "" } = owner.metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: cluster.namespace,
      labels: { [OWNER_LABEL]: "a", "app.kubernetes.io/component": "gateway" },
      ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "a", uid, controller: true }],
    },
    ...rest,
  };
}

const labels = { app: "test" };
function template(more: Record<string, unknown> = {}) {
  return {
    metadata: { labels },
    spec: {
      containers: [{ name: "main", image: "localhost/none:1", env: [{ name: "A", value: "1" }], ...more }],
    },
  };
}
const deployment = (name: string, spec: Record<string, unknown> = { replicas: 0 }) =>
  owned("Deployment", "apps/v1", name, {
    spec: { selector: { matchLabels: labels }, template: template(), ...spec },
  });

interface Container {
  image: string;
  env: unknown;
  resources: { limits: { cpu: string } };
}
interface Claim {
  spec: { resources: { requests: { storage: string } } };
}
/** As much of a live object as the tests look at. */
interface Live extends KubernetesObject {
  metadata: Required<KubernetesObject["metadata"]>;
  spec: {
    replicas?: number;
    minReadySeconds?: number;
    paused?: boolean;
    template: { spec: { containers: [Container, ...Container[]] } };
    volumeClaimTemplates: [Claim];
  };
}
const live = (object: KubernetesObject) => cluster.writer.read(object) as Promise<Live>;
const apply = (object: KubernetesObject) => actor.apply(owner, object);
const inStore = (object: KubernetesObject) =>
  watches.reflectors().some(({ store }) => store.has(keyOf(object)));
async function writesOf(work: () => Promise<unknown>): Promise<string[]> {
  const before = requests.length;
  await work();
  return requests.slice(before).filter((request) => /^(apply|create|patch|delete)/.test(request));
}
/** Applies until the cluster is as wanted: each change comes by the watch first. */
async function restored(object: KubernetesObject, isRight: () => Promise<boolean>): Promise<void> {
  await expect
    .poll(
      async () => {
        await apply(object);
        return isRight();
      },
      { timeout: 10_000, interval: 50 },
    )
    .toBe(true);
}

test("an object is written once: neither before nor after the watch has brought it is it written again", async () => {
  const object = deployment("once");
  expect(await writesOf(() => apply(object))).toEqual(["apply deployments 201"]);
  expect(await writesOf(() => apply(object))).toEqual([]);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(true);
  expect(await writesOf(() => apply(object))).toEqual([]);
  expect((await live(object)).metadata.annotations[DESIRED_HASH]).toMatch(/^[0-9a-f]{16}$/);
});

test("values that the server writes in another way are not written again and again", async () => {
  const object = deployment("rewritten", {
    replicas: 0,
    template: template({ resources: { limits: { cpu: "1000m" } }, args: [] }),
  });
  await apply(object);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(true);
  expect((await live(object)).spec.template.spec.containers[0].resources.limits.cpu).toBe("1");
  expect(await writesOf(() => apply(object))).toEqual([]);
  await patchAs("person", cluster.client, object, { metadata: { labels: { more: "x" } } });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test.each([
  [
    "a changed field",
    { spec: { minReadySeconds: 7, replicas: 5 } },
    (d: Live) => d.spec.replicas === 0 && !d.spec.minReadySeconds,
  ],
  ["an added field", { spec: { paused: true } }, (d: Live) => !d.spec.paused],
  [
    "an added environment variable and a removed one",
    {
      spec: {
        template: {
          spec: {
            containers: [
              {
                name: "main",
                env: [
                  { name: "B", value: "2" },
                  { name: "A", $patch: "delete" },
                ],
              },
            ],
          },
        },
      },
    },
    (d: Live) => JSON.stringify(d.spec.template.spec.containers[0].env) === '[{"name":"A","value":"1"}]',
  ],
  [
    "an added container",
    { spec: { template: { spec: { containers: [{ name: "second", image: "x" }] } } } },
    (d: Live) => d.spec.template.spec.containers.length === 1,
  ],
  [
    "a removed owner label",
    { metadata: { labels: { [OWNER_LABEL]: null } } },
    (d: Live) => d.metadata.labels[OWNER_LABEL] === "a",
  ],
])("%s is put back", async (what, change, isRight) => {
  const object = deployment(`drift-${what.length}`);
  await apply(object);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(true);
  await patchAs("person", cluster.client, object, change, "strategic-merge");
  expect(isRight(await live(object))).toBe(false);
  await restored(object, async () => isRight(await live(object)));
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test("what a person deletes is made again", async () => {
  const object = owned("Service", "v1", "deleted", { spec: { ports: [{ port: 80 }], selector: labels } });
  await apply(object);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(true);
  await removeFrom(cluster.client, object);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(false);
  expect(await writesOf(() => apply(object))).toEqual(["apply services 201"]);
});

test("`kubectl rollout restart` and labels of others are left alone", async () => {
  const object = deployment("restarted");
  await apply(object);
  await patchAs("kubectl-rollout", cluster.client, object, {
    metadata: { labels: { team: "x" } },
    spec: { template: { metadata: { annotations: { "kubectl.kubernetes.io/restartedAt": "now" } } } },
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test("a controller that insists on its fields gets them in the end", async () => {
  const object = deployment("insists");
  await apply(object);
  let claimed = 0;
  for (let round = 0; round < 8; round++) {
    await patchAs("their-controller", cluster.client, object, { spec: { minReadySeconds: 3 } });
    await new Promise((resolve) => setTimeout(resolve, 150));
    if ((await writesOf(() => apply(object))).length > 0) claimed++;
  }
  expect(claimed).toBe(5);
});

test("who stops setting the number of replicas leaves it as it is", async () => {
  const object = deployment("scaled", { replicas: 3 });
  await apply(object);
  await expect.poll(() => inStore(object), { timeout: 10_000 }).toBe(true);
  expect(await apply(deployment("scaled", {}))).toBeUndefined();
  expect((await live(object)).spec.replicas).toBe(3);
});

test("what exists under the right name is taken over, with what it had besides", async () => {
  const object = owned("ConfigMap", "v1", "adopted", { data: { a: "1" } });
  await applyAs("person", cluster.client, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "adopted", namespace: cluster.namespace, labels: { theirs: "x" } },
    data: { a: "0", b: "2" },
  });
  expect(await apply(object)).toBeUndefined();
  const adopted = await live(object);
  expect(adopted.data).toEqual({ a: "1" });
  expect(adopted.metadata.labels).toMatchObject({ theirs: "x", [OWNER_LABEL]: "a" });
  expect(adopted.metadata.ownerReferences[0]?.uid).toBe(owner.metadata.uid);
});

test.each([
  [
    "another controller",
    // Their uid is filled in: an owner that is nowhere is cleaned up with all that it has.
    { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "theirs", uid: "", controller: true }] },
  ],
  ["another chat cluster", { labels: { [OWNER_LABEL]: "b" } }],
  ["a helm release", { annotations: { "meta.helm.sh/release-name": "theirs" } }],
])("what belongs to %s is left alone, and said so", async (whose, metadata) => {
  const name = `foreign-${whose.length}`;
  const foreign: KubernetesObject = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name, namespace: cluster.namespace, ...metadata },
  };
  for (const reference of foreign.metadata.ownerReferences ?? []) {
    const theirs = { ...foreign, metadata: { name: reference.name, namespace: cluster.namespace } };
    reference.uid = (await cluster.writer.create(theirs))?.metadata.uid ?? "";
  }
  await cluster.writer.create({ ...foreign, data: { theirs: "1" } });
  const problem = await apply(owned("ConfigMap", "v1", name, { data: { ours: "1" } }));
  expect(problem).toMatchObject({ reason: "NameTaken", type: "GatewaysReady" });
  expect((await live(foreign)).data).toEqual({ theirs: "1" });
});

test("a Secret that is there is never written over", async () => {
  const secret = owned("Secret", "v1", "password", { data: { password: "b3Vycw==" } });
  await cluster.writer.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "password", namespace: cluster.namespace },
    data: { password: "dGhlaXJz" },
  });
  expect(await actor.createOnce(secret)).toBeUndefined();
  // Labels and owner are set, the contents stay, though another has written them.
  const { data: _, ...metadata } = secret;
  expect(await apply(metadata as KubernetesObject)).toBeUndefined();
  const kept = await live(secret);
  expect(kept.data).toEqual({ password: "dGhlaXJz" });
  expect(kept.metadata.labels[OWNER_LABEL]).toBe("a");
});

test("a Job with another template is made anew", async () => {
  const job = (image: string) =>
    owned("Job", "batch/v1", "job", {
      spec: {
        suspend: true,
        template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image }] } },
      },
    });
  await apply(job("localhost/none:1"));
  const first = await live(job("localhost/none:1"));
  expect(await apply(job("localhost/none:2"))).toBe("waiting");
  await restored(job("localhost/none:2"), async () => {
    const now = await live(job("localhost/none:2"));
    return now?.spec.template.spec.containers[0].image === "localhost/none:2";
  });
  expect((await live(job("x"))).metadata.uid).not.toBe(first.metadata.uid);
});

test("a StatefulSet whose volume templates change is made anew around its pods", async () => {
  const set = (storage: string) =>
    owned("StatefulSet", "apps/v1", "set", {
      spec: {
        replicas: 0,
        serviceName: "set",
        selector: { matchLabels: labels },
        template: template(),
        volumeClaimTemplates: [
          {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
          },
        ],
      },
    });
  await apply(set("1Gi"));
  expect(await writesOf(() => apply(set("2Gi")))).toEqual([
    "apply statefulsets 422",
    "delete statefulsets 200",
  ]);
  await restored(
    set("2Gi"),
    async () =>
      (await live(set("2Gi")))?.spec.volumeClaimTemplates[0].spec.resources.requests.storage === "2Gi",
  );
});

test("what cannot be changed or made anew without harm is told", async () => {
  await apply(deployment("selector"));
  const other = { matchLabels: { app: "other" } };
  const problem = await apply(
    deployment("selector", {
      selector: other,
      template: { ...template(), metadata: { labels: { app: "other" } } },
    }),
  );
  expect(problem).toMatchObject({ reason: "Refused" });
  expect((problem as { message: string }).message).toContain("delete deployment selector");
});

test("a full quota is told with what to do", async () => {
  await cluster.client.call({
    verb: "create",
    resource: "resourcequotas",
    path: `/api/v1/namespaces/${cluster.namespace}/resourcequotas`,
    body: { metadata: { name: "small" }, spec: { hard: { "count/ingresses.networking.k8s.io": "0" } } },
  });
  // The quota begins to hold a moment after it was made.
  let attempts = 0;
  const spec = { defaultBackend: { service: { name: "x", port: { number: 80 } } } };
  const another = () => owned("Ingress", "networking.k8s.io/v1", `full-${attempts++}`, { spec });
  await expect.poll(() => apply(another()), { timeout: 10_000 }).toMatchObject({ reason: "QuotaExceeded" });
});

test("pruning deletes what is ours and not wanted, and nothing else", async () => {
  const kept = deployment("kept");
  const extra = owned("Service", "v1", "extra", { spec: { ports: [{ port: 80 }] } });
  const secret = owned("Secret", "v1", "extra", { data: {} });
  const labelled = owned("ConfigMap", "v1", "labelled", { data: {} });
  delete labelled.metadata.ownerReferences;
  for (const object of [kept, extra, secret, labelled]) await cluster.writer.create(object);
  const all = [kept, extra, secret, labelled];
  await expect.poll(() => all.every(inStore), { timeout: 10_000 }).toBe(true);
  expect(await actor.prune(owner, [kept])).toEqual([]);
  const there = await Promise.all(all.map(async (object) => (await live(object)) !== undefined));
  expect(there).toEqual([true, false, true, true]);
  expect(await writesOf(() => actor.prune(owner, [kept]))).toEqual([]);
});
