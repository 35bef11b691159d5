import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { raw, read } from "../support/api.ts";
import { e2eImage } from "../support/images.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { helm } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { chat, install, patch, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

const namespace = ownNamespace("scaling");
const ns = namespace.name;
const metricsChart = fileURLToPath(new URL("../support/metrics-api", import.meta.url));
const customMetrics = "/apis/custom.metrics.k8s.io/v1beta2";
/** A scaler takes away one pod a minute at most. */
const DOWN_MS = 300_000;

const autoscaling = {
  enabled: true,
  minReplicas: 2,
  maxReplicas: 4,
  scaleUpStabilizationSeconds: 0,
  scaleDownStabilizationSeconds: 10,
};

beforeAll(async () => {
  const gateway = { autoscaling, resources: { requests: { cpu: "100m", memory: "192Mi" } } };
  await install(ns, { spec: { gateway } });
  await ready(ns);
});
afterAll(async () => {
  // It is the whole cluster's: nothing of it may stay.
  await helm(["uninstall", "metrics-api", "-n", ns, "--ignore-not-found", "--wait"]);
});

/** What the scaler sees and wants, for the message when it does not come to it. */
async function scaler(): Promise<unknown> {
  const found = await read("HorizontalPodAutoscaler", ns, `${chat}-gateway`);
  const { currentReplicas, desiredReplicas, currentMetrics, conditions } = found?.status ?? {};
  return { currentReplicas, desiredReplicas, currentMetrics, conditions };
}

async function scaledTo(wanted: (replicas: number) => boolean, timeoutMs: number): Promise<number> {
  let seen: unknown;
  const deployment = await until(
    "gateways as many as wanted",
    async () => {
      seen = await scaler();
      const found = await read("Deployment", ns, `${chat}-gateway`);
      return found && wanted(found.spec.replicas) ? found : undefined;
    },
    { timeoutMs, everyMs: 1_000, seen: () => seen },
  );
  return deployment.spec.replicas;
}

test("load on their processors brings more gateways, and fewer after it", { timeout: 900_000 }, async ({
  skip,
}) => {
  skip((await raw("/apis/metrics.k8s.io/v1beta1")) === undefined, "this cluster has no metrics-server");
  keepOnFailure(namespace);
  await patch(ns, { spec: { gateway: { autoscaling: { targetCPUUtilizationPercentage: 40 } } } });
  const report = await underTraffic(
    ns,
    async () => {
      const replicas = await scaledTo((count) => count > 2, 180_000);
      console.log(`scaled up to ${replicas}`);
      await podsReady(ns, "gateway", replicas).catch(() => {}); // it may have gone on
    },
    { rate: 300 },
  );
  expectPromisesKept(report);
  await scaledTo((count) => count === 2, DOWN_MS);
});

test("connections bring more gateways, by a metric that the metrics API serves, and fewer after them", {
  timeout: 900_000,
}, async ({ skip }) => {
  skip((await raw(customMetrics)) !== undefined, "this cluster has custom metrics already");
  keepOnFailure(namespace);
  await helm(["install", "metrics-api", metricsChart, "-n", ns, "--set", `image=${e2eImage}`, "--wait"], {
    timeoutMs: 120_000,
  });
  await until("the metrics API", () => raw(customMetrics));
  // 200 connections at 60 for each are 4 gateways; the processor never asks for so many.
  const byConnections = {
    connectionMetric: "pods",
    connectionsPerPod: 60,
    targetCPUUtilizationPercentage: 100,
  };
  await patch(ns, { spec: { gateway: { autoscaling: byConnections } } });
  const report = await underTraffic(ns, () => scaledTo((count) => count === 4, 180_000), { rate: 20 });
  expectPromisesKept(report);
  await scaledTo((count) => count === 2, DOWN_MS);
  expect(JSON.stringify(await scaler())).toContain("nexus_connections");
});
