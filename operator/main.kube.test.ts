import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
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
const operators = new Set<ChildProcess>();

beforeAll(async () => {
  cluster = await testCluster(process.env);
  // No pod is needed here: everything up to the pods is what the operator itself does.
  await cluster.client.call({
    verb: "create",
    resource: "resourcequotas",
    path: `/api/v1/namespaces/${cluster.namespace}/resourcequotas`,
    body: { metadata: { name: "no-pods" }, spec: { hard: { pods: "0" } } },
  });
});
afterEach(() => {
  for (const operator of operators) operator.kill("SIGKILL");
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

interface Operator {
  process: ChildProcess;
  /** Objects that it wrote, in order. */
  written: string[];
  leads: Promise<void>;
}

function startOperator(): Operator {
  const child = spawn(process.execPath, [fileURLToPath(new URL("main.ts", import.meta.url))], {
    env: {
      ...process.env,
      WATCH_NAMESPACE: cluster.namespace,
      POD_NAMESPACE: cluster.namespace,
      POD_NAME: "operator", // the pod's name stays when its container is started anew
      NEXUS_IMAGE: "localhost/none:1",
      NEXUS_DATA_IMAGE: "localhost/none-data:1",
      NEXUS_VERSION: "0.1.0",
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  operators.add(child);
  child.once("exit", () => operators.delete(child));
  const written: string[] = [];
  const leads = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { msg, object } = JSON.parse(line) as { msg: string; object?: string };
    if (msg === "leading") leads.resolve();
    if (object !== undefined) written.push(`${msg} ${object}`);
  });
  return { process: child, written, leads: leads.promise };
}

async function end(operator: Operator, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const exited = once(operator.process, "exit");
  operator.process.kill(signal);
  await exited;
}

async function settled(operator: Operator): Promise<void> {
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
  const whole = startOperator();
  await whole.leads;
  await cluster.writer.create(chatCluster("whole"));
  await settled(whole);
  const expected = (await ownedBy("whole")).map((object) => essence("whole", object)).sort();
  expect(expected.length).toBeGreaterThan(15);
  await end(whole, "SIGTERM");

  await cluster.writer.create(chatCluster("often"));
  const secrets = new Map<string, unknown>();
  const log: string[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const operator = startOperator();
    await operator.leads;
    const writes = Math.floor(Math.random() * 4);
    for (let wait = 0; operator.written.length < writes && wait < 4000; wait += 5) await sleep(5);
    await sleep(Math.random() * 30);
    await end(operator, "SIGKILL");
    log.push(`${operator.written.length}`);
    for (const object of await ownedBy("often")) {
      if (object.kind !== "Secret") continue;
      const { name } = object.metadata;
      if (secrets.has(name)) expect(object.data).toEqual(secrets.get(name));
      secrets.set(name, object.data);
    }
  }
  const last = startOperator();
  await settled(last);
  process.stdout.write(
    `writes before each kill: ${log.join(", ")}; after the last: ${last.written.length}\n`,
  );
  expect((await ownedBy("often")).map((object) => essence("often", object)).sort()).toEqual(expected);
  for (const object of await ownedBy("often"))
    if (secrets.has(object.metadata.name) && object.kind === "Secret")
      expect(object.data).toEqual(secrets.get(object.metadata.name));
  await end(last, "SIGTERM");

  const idle = startOperator();
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
  await end(idle, "SIGTERM");
}, 600_000);
