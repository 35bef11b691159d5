import { beforeAll, expect, test } from "vitest";
import { deletePod } from "../support/disturb.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { install, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";

// Each of these happens in constant traffic of 100 messages a second from 200 clients.
const namespace = ownNamespace("deaths");
const ns = namespace.name;

beforeAll(async () => {
  await install(ns);
  await ready(ns);
});

test("the worker's pod is deleted", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod(ns, "worker", 1));
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
  const report = await underTraffic(ns, () => deletePod(ns, "redis", 1));
  expectPromisesKept(report);
  expect(report.reconnects.count).toBe(0);
  // Sending needs no Redis.
  expect(report.errors.filter(({ doing }) => doing === "NEW_MESSAGE")).toEqual([]);
});

test("Postgres is deleted: sends are answered UNAVAILABLE while it restarts, and then everything is whole", async () => {
  keepOnFailure(namespace);
  const report = await underTraffic(ns, () => deletePod(ns, "postgres", 1));
  expectPromisesKept(report);
  const codes = new Set(report.errors.map(({ code }) => code));
  expect([...codes].filter((code) => code !== "UNAVAILABLE" && code !== "NO ANSWER")).toEqual([]);
  expect(report.longestPauseMs).toBeLessThan(60_000);
});
