import { exec } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";
import { read } from "../support/api.ts";
import { putApiProxy } from "../support/api-proxy.ts";
import { deletedAndRestored } from "../support/drift.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { operatorMetric, operatorPods } from "../support/operator.ts";
import { chat, install, ready } from "../support/release.ts";
import { until } from "../support/until.ts";

// The operator and the Kubernetes API, with nobody in between, somebody who cuts, and nobody at the other end.
const namespace = ownNamespace("operator");
const ns = namespace.name;
const IDLE_SECONDS = process.env.E2E_LONG ? 600 : 120;
const GOES_ON_MS = 10_000;

beforeAll(async () => {
  await install(ns);
  await ready(ns);
});

/** Deletes the PodDisruptionBudget, which hurts nobody; resolves with how long the operator took to see and mend it. */
async function mended(): Promise<number> {
  const budget = await until("the budget", () => read("PodDisruptionBudget", ns, `${chat}-gateway`));
  return deletedAndRestored(ns, budget);
}

test(`the operator idles for ${IDLE_SECONDS / 60} minutes at less than 80 MB and 1% of a core, and asks the API little`, {
  timeout: 900_000,
}, async () => {
  keepOnFailure(namespace);
  await delay(15_000); // the last of the starting
  const pods = await operatorPods(ns);
  const measure = () =>
    Promise.all(
      pods.map(async ({ metadata }) => ({
        cpu: await operatorMetric(ns, metadata.name, "process_cpu_seconds_total"),
        requests: await operatorMetric(ns, metadata.name, "nexus_operator_api_requests_total"),
        memory: await operatorMetric(ns, metadata.name, "process_resident_memory_bytes"),
      })),
    );
  const before = await measure();
  await delay(IDLE_SECONDS * 1_000);
  const after = await measure();
  for (const [i, { cpu, requests, memory }] of after.entries()) {
    const core = ((cpu - Number(before[i]?.cpu)) / IDLE_SECONDS) * 100;
    const asked = requests - Number(before[i]?.requests);
    const megabytes = memory / 1e6;
    console.log(
      `${pods[i]?.metadata.name}: ${megabytes.toFixed(1)} MB, ${core.toFixed(2)}% of a core, ${asked} API requests in ${IDLE_SECONDS} s`,
    );
    expect.soft(megabytes).toBeLessThan(80);
    expect.soft(core).toBeLessThan(1);
    // A lease every few seconds, a watch of each kind every few minutes.
    expect.soft(asked / IDLE_SECONDS).toBeLessThan(1.5);
  }
});

test("its watches are cut: it goes on within 10 s, also when nothing tells it that they are", async () => {
  keepOnFailure(namespace);
  const proxy = await putApiProxy(ns);
  await ready(ns);
  await mended(); // it acts through the proxy
  await proxy.cut();
  const afterCut = await mended();
  await delay(3_000);
  await proxy.silence();
  const afterSilence = await mended();
  console.log(`acted ${Math.round(afterCut)} ms after a cut, ${Math.round(afterSilence)} ms after a silence`);
  expect(afterCut).toBeLessThan(GOES_ON_MS);
  expect(afterSilence).toBeLessThan(GOES_ON_MS);
});

test("the API server is restarted: it goes on within 10 s", async ({ skip }) => {
  const restart = process.env.E2E_RESTART_API_SERVER;
  skip(!restart, "E2E_RESTART_API_SERVER names no command that restarts this cluster's API server");
  keepOnFailure(namespace);
  await promisify(exec)(String(restart), { timeout: 60_000 });
  const took = await until("the API server answers", mended, { timeoutMs: 60_000 });
  console.log(`acted ${Math.round(took)} ms after the API server was back`);
  expect(took).toBeLessThan(GOES_ON_MS);
});
