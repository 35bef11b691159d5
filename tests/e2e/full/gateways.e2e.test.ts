import { beforeAll, expect, test } from "vitest";
import { allDrained, deletePod } from "../support/disturb.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { install, patch, pods, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// Each of these happens in constant traffic of 100 messages a second from 200 clients.
const namespace = ownNamespace("gateways");
const ns = namespace.name;

beforeAll(async () => {
  await install(ns);
  await ready(ns);
});

test("a gateway drains: its clients move, at most 50 in a second, and none sees an error", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod(ns, "gateway", 2));
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
    await allDrained(ns);
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
    await allDrained(ns);
    await ready(ns);
  });
  expectPromisesKept(report);
  expect(report.errors).toEqual([]);
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
