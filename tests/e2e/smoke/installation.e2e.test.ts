import { beforeAll, describe, expect, test } from "vitest";
import { list } from "../support/api.ts";
import { deletedAndRestored, editedAndRestored } from "../support/drift.ts";
import { firstMessage } from "../support/first-message.ts";
import { leftovers } from "../support/leftovers.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { helm, kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { chat, install, owned, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// The life of one installation, from `helm install` on; each test goes on from where the one before ended.
const namespace = ownNamespace("life");
const ns = namespace.name;
const INSTALL_MS = 180_000;
const RESTORED_MS = 5_000;

test("from helm install to the first message between two users on two gateway pods it takes less than three minutes", async () => {
  keepOnFailure(namespace);
  const since = performance.now();
  await install(ns);
  await ready(ns);
  const readyAfter = performance.now() - since;
  await until("a message through two gateways", () => firstMessage(ns).then(() => true));
  const took = performance.now() - since;
  console.log(`ready after ${seconds(readyAfter)}, first message after ${seconds(took)}`);
  expect(took).toBeLessThan(INSTALL_MS);
});

test("helm test sends a message between two users through two gateways", async () => {
  keepOnFailure(namespace);
  const said = await helm(["test", chat, "-n", ns, "--logs"], { timeoutMs: 120_000 });
  expect(said).toMatch(/Phase:\s+Succeeded/);
});

describe("somebody", () => {
  beforeAll(() => ready(ns));

  test.each([
    ["edits", editedAndRestored],
    ["deletes", deletedAndRestored],
  ])("%s any object of the operator's: it is put back within 5 s", async (_, meddle) => {
    keepOnFailure(namespace);
    // Generated Secrets are never overwritten, and a Job that has done its work is not needed again.
    const objects = (await owned(ns)).filter(({ kind }) => kind !== "Secret" && kind !== "Job");
    expect(objects.length).toBeGreaterThan(10);
    const slow: string[] = [];
    let slowest = 0;
    for (const object of objects) {
      const took = await meddle(ns, object);
      slowest = Math.max(slowest, took);
      if (took > RESTORED_MS) slow.push(`${object.kind} ${object.metadata.name}: ${seconds(took)}`);
    }
    console.log(`${objects.length} objects put back, the slowest after ${seconds(slowest)}`);
    expect(slow).toEqual([]);
    await ready(ns);
  });
});

test("a pod of each component is deleted in constant traffic: nothing acknowledged is lost, and all is whole again", async () => {
  keepOnFailure(namespace);
  await podsReady(ns, "gateway", 2);
  const report = await underTraffic(ns, async () => {
    for (const component of ["gateway", "worker", "operator", "redis", "postgres"]) {
      const labels = `app.kubernetes.io/component=${component}`;
      const [pod] = await list("Pod", ns, labels);
      await kubectl(["-n", ns, "delete", "pod", String(pod?.metadata.name), "--wait=true"], {
        timeoutMs: 120_000,
      });
      if (component === "operator")
        await kubectl(["-n", ns, "rollout", "status", "deployment", "-l", labels]);
      else await podsReady(ns, component, component === "gateway" ? 2 : 1);
    }
    await ready(ns);
  });
  expectPromisesKept(report);
});

test("helm uninstall leaves the data and its passwords, as NOTES says, and nothing else", async () => {
  keepOnFailure(namespace);
  await helm(["uninstall", chat, "-n", ns, "--wait"], { timeoutMs: 120_000 });
  await until(
    "pods are gone",
    async () => (await list("Pod", ns, "app.kubernetes.io/part-of=nexus")).length === 0,
    {
      timeoutMs: 120_000,
    },
  );
  const kept = [
    "PersistentVolumeClaim data-chat-postgres-0",
    "Secret chat-auth",
    "Secret chat-postgres",
    "Secret chat-redis",
  ];
  await until("nothing but what is kept", async () => (await leftovers(ns)).length <= kept.length).catch(
    () => {},
  );
  expect(await leftovers(ns)).toEqual(kept);
  // The command that NOTES prints.
  await kubectl(["-n", ns, "delete", "pvc,secret", "-l", `nexus.chat/cluster=${chat}`], {
    timeoutMs: 60_000,
  });
  expect(await leftovers(ns)).toEqual([]);
});

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
