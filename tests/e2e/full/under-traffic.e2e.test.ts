import { beforeAll, expect, test } from "vitest";
import { list } from "../support/api.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { install, patch, pods, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// Each of these happens in constant traffic of 100 messages a second from 200 clients.
const namespace = ownNamespace("traffic");
const ns = namespace.name;

beforeAll(async () => {
  await install(ns);
  await ready(ns);
});

/** Deletes a component's pod as a person does, and waits for it to be gone and replaced. */
async function deletePod(component: string, count: number): Promise<void> {
  const [pod] = await pods(ns, component);
  if (!pod) throw new Error(`no pod of ${component}`);
  await kubectl(["-n", ns, "delete", "pod", pod.metadata.name, "--wait=true"], { timeoutMs: 120_000 });
  await podsReady(ns, component, count);
  await ready(ns);
}

/** Resolves when no pod of the gateways is about to end any more. */
async function allDrained(): Promise<void> {
  const labels = "app.kubernetes.io/component=gateway";
  await until(
    "gateways have drained",
    async () => (await list("Pod", ns, labels)).every((p) => !p.metadata.deletionTimestamp),
    {
      timeoutMs: 120_000,
    },
  );
}

test("a gateway drains: its clients move, at most 50 in a second, and none sees an error", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod("gateway", 2));
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
  expect(report.reconnects.count).toBeGreaterThan(50);
  expect(report.reconnects.told).toBe(report.reconnects.count);
  expect(report.reconnects.maxPerSecond).toBeLessThanOrEqual(50);
});

test("settings change: gateways roll one after the other, and none of their clients sees an error", async () => {
  keepOnFailure(namespace);
  const before = new Set((await pods(ns, "gateway")).map((pod) => pod.metadata.uid));
  const report = await underTraffic(ns, async () => {
    await patch(ns, { spec: { config: { PRESENCE_GRACE: "5000" } } });
    await until(
      "all gateways are new",
      async () => {
        const now = await pods(ns, "gateway");
        return now.length === 2 && now.every((pod) => !before.has(pod.metadata.uid));
      },
      { timeoutMs: 240_000 },
    );
    await podsReady(ns, "gateway", 2);
    await allDrained();
    await ready(ns);
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
  expect(report.reconnects.count).toBeGreaterThanOrEqual(200);
});

test("gateways are scaled from 2 to 4 and back to 2", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, async () => {
    await patch(ns, { spec: { gateway: { replicas: 4 } } });
    await podsReady(ns, "gateway", 4);
    await patch(ns, { spec: { gateway: { replicas: 2 } } });
    await podsReady(ns, "gateway", 2);
    await allDrained();
    await ready(ns);
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
});

test("the worker's pod is deleted", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod("worker", 1));
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
  expect(report.reconnects.count).toBe(0);
});

test("all of the operator's pods are deleted", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, async () => {
    const labels = "app.kubernetes.io/component=operator";
    await kubectl(["-n", ns, "delete", "pod", "-l", labels, "--wait=true"], { timeoutMs: 120_000 });
    await kubectl(["-n", ns, "rollout", "status", "deployment", "-l", labels], { timeoutMs: 120_000 });
    await ready(ns);
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
  expect(report.reconnects.count).toBe(0);
});

test("Redis is deleted and comes back empty: messages go on, and nobody is disconnected", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod("redis", 1));
  expectPromisesKept(report);
  expect(report.reconnects.count).toBe(0);
  // Sending needs no Redis.
  expect(report.errors.filter(({ doing }) => doing === "NEW_MESSAGE")).toEqual([]);
});

test("Postgres is deleted: sends are answered UNAVAILABLE while it restarts, and then everything is whole", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod("postgres", 1));
  expectPromisesKept(report);
  const codes = new Set(report.errors.map(({ code }) => code));
  expect([...codes].filter((code) => code !== "UNAVAILABLE" && code !== "NO ANSWER")).toEqual([]);
  expect(report.longestPauseMs).toBeLessThan(60_000);
});

test("a gateway's process is killed: its clients are back within seconds", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, async () => {
    const [pod] = await pods(ns, "gateway");
    await kubectl(["-n", ns, "delete", "pod", String(pod?.metadata.name), "--grace-period=0", "--force"]);
    await podsReady(ns, "gateway", 2);
  });
  expectPromisesKept(report);
  expect(report.reconnects.count).toBeGreaterThan(50);
});
