import { expect, test } from "vitest";
import { actStage, podTemplate } from "../../src/testing/kube/act-stage.ts";
import { applyAs, patchAs } from "../../src/testing/kube/test-cluster.ts";
import type { KubernetesObject } from "../kube/object.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";
import { DESIRED_HASH } from "./act.ts";

const on = actStage(process.env);
const { owned, deployment, live, apply, inStore, brought, writesOf } = on;

test("an object is written once: neither before nor after the watch has brought it is it written again", async () => {
  const object = deployment("once");
  expect(await writesOf(() => apply(object))).toEqual(["apply deployments 201"]);
  expect(await writesOf(() => apply(object))).toEqual([]);
  await brought(object);
  expect(await writesOf(() => apply(object))).toEqual([]);
  expect((await live(object)).metadata.annotations[DESIRED_HASH]).toMatch(/^[0-9a-f]{16}$/);
});

test("values that the server writes in another way are not written again and again", async () => {
  const object = deployment("rewritten", {
    replicas: 0,
    template: podTemplate({ resources: { limits: { cpu: "1000m" } }, args: [] }),
  });
  await apply(object);
  await brought(object);
  expect((await live(object)).spec.template.spec.containers[0].resources.limits.cpu).toBe("1");
  expect(await writesOf(() => apply(object))).toEqual([]);
  await patchAs("person", on.cluster.client, object, { metadata: { labels: { more: "x" } } });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await writesOf(() => apply(object))).toEqual([]);
});

test("who stops setting the number of replicas leaves it as it is", async () => {
  const object = deployment("scaled", { replicas: 3 });
  await apply(object);
  await brought(object);
  expect(await apply(deployment("scaled", {}))).toBeUndefined();
  expect((await live(object)).spec.replicas).toBe(3);
});

test("what exists under the right name is taken over, with what it had besides", async () => {
  const object = owned("ConfigMap", "v1", "adopted", { data: { a: "1" } });
  await applyAs("person", on.cluster.client, {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "adopted", namespace: on.cluster.namespace, labels: { theirs: "x" } },
    data: { a: "0", b: "2" },
  });
  expect(await apply(object)).toBeUndefined();
  const adopted = await live(object);
  expect(adopted.data).toEqual({ a: "1" });
  expect(adopted.metadata.labels).toMatchObject({ theirs: "x", [OWNER_LABEL]: "a" });
  expect(adopted.metadata.ownerReferences[0]?.uid).toBe(on.owner.metadata.uid);
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
    metadata: { name, namespace: on.cluster.namespace, ...metadata },
  };
  for (const reference of foreign.metadata.ownerReferences ?? []) {
    const theirs = { ...foreign, metadata: { name: reference.name, namespace: on.cluster.namespace } };
    reference.uid = (await on.cluster.writer.create(theirs))?.metadata.uid ?? "";
  }
  await on.cluster.writer.create({ ...foreign, data: { theirs: "1" } });
  const problem = await apply(owned("ConfigMap", "v1", name, { data: { ours: "1" } }));
  expect(problem).toMatchObject({ reason: "NameTaken", type: "GatewaysReady" });
  expect((await live(foreign)).data).toEqual({ theirs: "1" });
});

test("a Secret that is there is never written over", async () => {
  const secret = owned("Secret", "v1", "password", { data: { password: "b3Vycw==" } });
  await on.cluster.writer.create({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "password", namespace: on.cluster.namespace },
    data: { password: "dGhlaXJz" },
  });
  expect(await on.actor.createOnce(secret)).toBeUndefined();
  // Labels and owner are set, the contents stay, though another has written them.
  const { data: _, ...metadata } = secret;
  expect(await apply(metadata as KubernetesObject)).toBeUndefined();
  const kept = await live(secret);
  expect(kept.data).toEqual({ password: "dGhlaXJz" });
  expect(kept.metadata.labels[OWNER_LABEL]).toBe("a");
});

test("a full quota is told with what to do", async () => {
  await on.cluster.client.call({
    verb: "create",
    resource: "resourcequotas",
    path: `/api/v1/namespaces/${on.cluster.namespace}/resourcequotas`,
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
  for (const object of [kept, extra, secret, labelled]) await on.cluster.writer.create(object);
  const all = [kept, extra, secret, labelled];
  await expect.poll(() => all.every(inStore), { timeout: 10_000 }).toBe(true);
  expect(await on.actor.prune(on.owner, [kept])).toEqual([]);
  const there = await Promise.all(all.map(async (object) => (await live(object)) !== undefined));
  expect(there).toEqual([true, false, true, true]);
  expect(await writesOf(() => on.actor.prune(on.owner, [kept]))).toEqual([]);
});
