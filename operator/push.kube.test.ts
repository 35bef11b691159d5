/** spec.push on a real API server, with firebase-admin itself against the local server that plays Google. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FcmServer, startFcm } from "../src/testing/fcm/server.ts";
import { forbidPods, type OperatorProcess, startOperator } from "../src/testing/kube/operator-process.ts";
import {
  applyAs,
  patchAs,
  removeFrom,
  type TestCluster,
  testCluster,
} from "../src/testing/kube/test-cluster.ts";
import type { KubernetesObject } from "./kube/object.ts";

let cluster: TestCluster;
let google: FcmServer;
let operator: OperatorProcess;

beforeAll(async () => {
  cluster = await testCluster(process.env);
  await forbidPods(cluster);
  google = await startFcm();
  operator = startOperator(cluster, { ...process.env, ...google.env });
  await operator.leads;
}, 60_000);
afterAll(async () => {
  await operator?.end("SIGKILL");
  await google?.[Symbol.asyncDispose]();
  await cluster?.[Symbol.asyncDispose]();
});

const chat = (): KubernetesObject => ({
  apiVersion: "nexus.chat/v1alpha1",
  kind: "ChatCluster",
  metadata: { name: "team", namespace: cluster.namespace },
});
const secret = (account?: object): KubernetesObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "fcm", namespace: cluster.namespace },
  ...(account && {
    data: { "service-account.json": Buffer.from(JSON.stringify(account)).toString("base64") },
  }),
});

async function becomes(reason: string): Promise<void> {
  const find = async () => {
    const live = await cluster.writer.read(chat());
    const { conditions = [] } = (live?.status ?? {}) as { conditions?: { type: string; reason: string }[] };
    return conditions.find(({ type }) => type === "PushConfigured")?.reason;
  };
  await expect.poll(find, { timeout: 30_000, interval: 100 }).toBe(reason);
}

test("the Secret's account is asked about when it comes and when it changes, and no more; nothing of it is told", async () => {
  await cluster.writer.create({ ...chat(), spec: { push: { secretRef: { name: "fcm" } } } });
  await becomes("SecretMissing");
  const first = google.oauth.createKey();
  await applyAs("person", cluster.client, secret(first));
  await becomes("Configured");
  expect(google.state.validated).toBe(1);

  // What else changes is no reason to ask again.
  for (let change = 0; change < 3; change++)
    await patchAs("person", cluster.client, chat(), { spec: { config: { CACHE_TTL: String(60 + change) } } });
  await patchAs("person", cluster.client, secret(), { metadata: { labels: { more: "x" } } });

  const deleted = google.oauth.createKey();
  google.oauth.revokeKey(deleted.private_key_id);
  await applyAs("person", cluster.client, secret(deleted));
  await becomes("CredentialsRefused");
  expect(google.state.validated).toBe(1);
  await applyAs("person", cluster.client, secret({ ...google.oauth.createKey(), project_id: "another" }));
  await becomes("PermissionDenied");
  await applyAs("person", cluster.client, secret({ ...first, private_key: "x" }));
  await becomes("SecretInvalid");
  await applyAs("person", cluster.client, secret(google.oauth.createKey()));
  await becomes("Configured");
  expect(google.state.validated).toBe(2);
  await removeFrom(cluster.client, secret());
  await becomes("SecretMissing");

  const told = JSON.stringify(await cluster.writer.read(chat()));
  const events = await cluster.client.call<{ items: unknown[] }>({
    verb: "list",
    resource: "events",
    path: `/apis/events.k8s.io/v1/namespaces/${cluster.namespace}/events`,
  });
  expect(events.items.length).toBeGreaterThan(0);
  const middle = first.private_key.slice(100, 140);
  for (const text of [told, JSON.stringify(events), operator.log.join("\n")])
    for (const part of ["BEGIN PRIVATE KEY", middle, first.private_key_id]) expect(text).not.toContain(part);
  // firebase-admin was in a process of its own, and has gone with it.
  expect(google.screens.all.size).toBe(0);
}, 180_000);
