import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { forbidPods, type OperatorProcess, startOperator } from "../src/testing/kube/operator-process.ts";
import { removeFrom, type TestCluster, testCluster } from "../src/testing/kube/test-cluster.ts";
import type { KubernetesObject } from "./kube/object.ts";
import { pathOf, resourceOf } from "./kube/resources.ts";

const KILLS = 8;
const kinds = [
  "v1/Secret",
  "v1/ConfigMap",
  "v1/Service",
  "v1/ServiceAccount",
  "apps/v1/StatefulSet",
  "networking.k8s.io/v1/NetworkPolicy",
  "policy/v1/PodDisruptionBudget",
].map((id) => ({ apiVersion: id.slice(0, id.lastIndexOf("/")), kind: id.slice(id.lastIndexOf("/") + 1) }));

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await testCluster(process.env);
  await forbidPods(cluster);
});
afterEach(async () => {
  for (const operator of operators) await operator.end("SIGKILL");
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const operators = new Set<OperatorProcess>();
function start(): OperatorProcess {
  const operator = startOperator(cluster, process.env);
  operators.add(operator);
  return operator;
}

async function settled(operator: OperatorProcess): Promise<void> {
  await operator.leads;
  for (let before = -1; before !== operator.written.length; ) {
    before = operator.written.length;
    await sleep(3000);
  }
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const chatCluster = (name: string) => ({
  apiVersion: "nexus.chat/v1alpha1",
  kind: "ChatCluster",
  metadata: { name, namespace: cluster.namespace },
  spec: {},
});

async function ownedBy(name: string): Promise<KubernetesObject[]> {
  const found: KubernetesObject[] = [];
  for (const kind of kinds) {
    const resource = resourceOf(kind);
    const { items } = await cluster.client.call<{ items: KubernetesObject[] }>({
      verb: "list",
      resource: "test",
      path: pathOf(resource, cluster.namespace),
      query: { labelSelector: `nexus.chat/cluster=${name}` },
    });
    found.push(...items.map((item) => ({ ...item, ...kind })));
  }
  return found;
}

/** All of an object that must not depend on when it was made. */
function essence(name: string, { kind, metadata, spec, type }: KubernetesObject): string {
  const { labels, ownerReferences = [] } = metadata;
  const owners = ownerReferences.map((owner) => `${owner.kind} ${owner.name}`);
  const { clusterIP: _, clusterIPs: __, ...rest } = (spec ?? {}) as Record<string, unknown>;
  const text = JSON.stringify([kind, metadata.name, labels, owners, rest, type]);
  // The config hash is of passwords, which are different each time.
  return text.replaceAll(name, "NAME").replaceAll(/"nexus.chat\/config-hash":"\w+"/g, "");
}

test("killed at any instant it goes on where it was: the same objects in the end, no password made twice", async () => {
  const whole = start();
  await whole.leads;
  await cluster.writer.create(chatCluster("whole"));
  await settled(whole);
  const expected = (await ownedBy("whole")).map((object) => essence("whole", object)).sort();
  expect(expected.length).toBeGreaterThan(15);
  await whole.end("SIGTERM");

  await cluster.writer.create(chatCluster("often"));
  const secrets = new Map<string, unknown>();
  const log: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const operator = start();
    await operator.leads;
    const writes = Math.floor(Math.random() * 4);
    for (let wait = 0; operator.written.length < writes && wait < 4000; wait += 5) await sleep(5);
    await sleep(Math.random() * 30);
    await operator.end("SIGKILL");
    log.push(`${operator.written.length}`);
    for (const object of await ownedBy("often")) {
      if (object.kind !== "Secret") continue;
      const { name } = object.metadata;
      if (secrets.has(name)) expect(object.data).toEqual(secrets.get(name));
      secrets.set(name, object.data);
    }
  }
  const last = start();
  await settled(last);
  process.stdout.write(
    `writes before each kill: ${log.join(", ")}; after the last: ${last.written.length}\n`,
  );
  expect((await ownedBy("often")).map((object) => essence("often", object)).sort()).toEqual(expected);
  for (const object of await ownedBy("often"))
    if (secrets.has(object.metadata.name) && object.kind === "Secret")
      expect(object.data).toEqual(secrets.get(object.metadata.name));
  await last.end("SIGTERM");

  const idle = start();
  await idle.leads;
  await sleep(4000);
  expect(idle.written).toEqual([]);

  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "often-redis", namespace: cluster.namespace },
  };
  await removeFrom(cluster.client, service);
  const began = performance.now();
  await expect.poll(() => cluster.writer.read(service), { timeout: 5000, interval: 20 }).toBeDefined();
  process.stdout.write(`a deleted Service is back after ${Math.round(performance.now() - began)} ms\n`);
  await idle.end("SIGTERM");
}, 600_000);
