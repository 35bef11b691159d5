import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { read } from "../support/api.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { chat, install, patch, pods, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// What people do to stores on purpose, in constant traffic: nobody is to see an error.
const namespace = ownNamespace("planned");
const ns = namespace.name;

beforeAll(async () => {
  await install(ns, { spec: { postgres: { storage: { size: "1Gi" } } } });
  await ready(ns);
});

const primary = async () =>
  (await read("ChatCluster", ns, chat))?.status?.postgres?.primary as string | undefined;

test("one Postgres becomes three, and one Redis a primary with replicas: no message is lost", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, async () => {
    await patch(ns, { spec: { postgres: { topology: "ha" }, redis: { topology: "sentinel" } } });
    await podsReady(ns, "postgres", 3, 400_000);
    await podsReady(ns, "redis", 3, 400_000);
    await ready(ns, { timeoutMs: 400_000 });
  });
  expectPromisesKept(report);
});

test("a switchover by annotation: no failed sends, a pause under 3 s", async () => {
  keepOnFailure(namespace);
  const before = await until("a primary", primary);
  const [other] = (await pods(ns, "postgres")).filter(({ metadata }) => metadata.name !== before);
  const wanted = String(other?.metadata.name);
  const report = await underTraffic(ns, async () => {
    await kubectl(["-n", ns, "annotate", "chat", chat, "--overwrite", `nexus.chat/switchover=${wanted}`]);
    await until("the new primary", async () => (await primary()) === wanted, { timeoutMs: 60_000 });
    await delay(10_000);
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
  expect(report.longestPauseMs).toBeLessThan(3_000);
});

test("every pod of both stores is rolled: no error, nothing lost", async () => {
  keepOnFailure(namespace);
  const old = new Set(
    [...(await pods(ns, "postgres")), ...(await pods(ns, "redis"))].map(({ metadata }) => metadata.uid),
  );
  const report = await underTraffic(ns, async () => {
    const podAnnotations = { rolled: "yes" };
    await patch(ns, { spec: { postgres: { podAnnotations }, redis: { podAnnotations } } });
    await until(
      "all pods are new",
      async () => {
        const now = [...(await pods(ns, "postgres")), ...(await pods(ns, "redis"))];
        return now.length === 6 && now.every(({ metadata }) => !old.has(metadata.uid));
      },
      { timeoutMs: 600_000 },
    );
    await ready(ns, { timeoutMs: 240_000 });
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
});

test("all of Redis is deleted: no message is lost, gateways are whole again within 30 s", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, async () => {
    await kubectl(["-n", ns, "delete", "pod", "-l", "app.kubernetes.io/component in (redis,sentinel)"]);
    await podsReady(ns, "redis", 3, 120_000);
    await ready(ns);
  });
  expectPromisesKept(report);
  expect(report.reconnects.count).toBe(0);
});
