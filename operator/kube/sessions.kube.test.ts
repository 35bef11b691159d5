import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestCluster, testCluster } from "../../src/testing/kube/test-cluster.ts";
import type { TcpRelay } from "../../src/testing/tcp-relay.ts";
import type { KubeClient } from "./client.ts";

let cluster: TestCluster;
let relay: TcpRelay;

beforeAll(async () => {
  cluster = await testCluster(process.env);
  relay = await cluster.startRelay();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

const path = () => `/api/v1/namespaces/${cluster.namespace}/configmaps`;

function watchOne(client: KubeClient, signal: AbortSignal): Promise<void> {
  const opened = Promise.withResolvers<void>();
  const query = { watch: true, timeoutSeconds: 60 };
  client
    .stream(
      { verb: "watch", resource: "configmaps", path: path(), query, timeout: 60_000, signal },
      { open: () => opened.resolve(), line: () => {} },
    )
    .catch(() => {});
  return opened.promise;
}

test("more watches than one connection holds are all opened, and leave room for calls", async () => {
  const stop = new AbortController();
  const client = cluster.through(relay);
  await Promise.all(Array.from({ length: 150 }, () => watchOne(client, stop.signal)));
  await client.call({ verb: "list", resource: "configmaps", path: path() });
  stop.abort();
});

test("a call without an answer ends at its time, and says what it was", async () => {
  const client = cluster.through(relay, { times: { pingEvery: 60_000 } });
  await client.call({ verb: "list", resource: "configmaps", path: path() });
  relay.silence();
  const began = performance.now();
  await expect(
    client.call({ verb: "list", resource: "configmaps", path: path(), timeout: 500 }),
  ).rejects.toMatchObject({
    status: 0,
    message: expect.stringMatching(/list .*configmaps: no end within 500 ms/),
  });
  expect(performance.now() - began).toBeLessThan(3000);
  relay.mend();
});

test("a call that is no longer wanted ends at once", async () => {
  const stop = new AbortController();
  const call = cluster.client.call({
    verb: "list",
    resource: "configmaps",
    path: path(),
    signal: stop.signal,
  });
  stop.abort(new Error("no longer wanted"));
  await expect(call).rejects.toThrow("no longer wanted");
});

test("every call is counted with what it came to", async () => {
  const counted: string[] = [];
  const client = cluster.through(relay, {
    onRequest: (verb, resource, status) => counted.push(`${verb} ${resource} ${status}`),
  });
  await client.call({ verb: "list", resource: "configmaps", path: path() });
  await client.call({ verb: "get", resource: "configmaps", path: `${path()}/none` }).catch(() => {});
  relay.refuse();
  await client.call({ verb: "list", resource: "configmaps", path: path() }).catch(() => {});
  relay.mend();
  expect(counted).toEqual(["list configmaps 200", "get configmaps 404", "list configmaps 0"]);
});
