import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { firstMessage } from "../support/first-message.ts";
import { dataImage, image } from "../support/images.ts";
import { deleteNamespace, keepOnFailure } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { ready, repository } from "../support/release.ts";
import { until } from "../support/until.ts";

// Plain YAML says in which namespace it is: this one is not of the test's own, so it must not be there before.
const ns = "nexus";
const INSTALL_MS = 180_000;
let ours = false;

afterAll(async () => {
  if (!ours || process.env.E2E_KEEP) return;
  // Not `delete -k`: that takes the definition of ChatCluster with it, and with that everybody's chat clusters.
  await deleteNamespace(ns);
});

/** manifests/ with the images under test in place of the released ones; resolves with the folder. */
async function manifests(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nexus-manifests-"));
  await cp(join(repository, "manifests"), folder, { recursive: true });
  for (const file of await readdir(folder)) {
    const text = await readFile(join(folder, file), "utf8");
    const ours = text
      .replace(/ghcr\.io\/nexus-chat\/nexus-data:[\w.-]+/g, dataImage)
      .replace(/ghcr\.io\/nexus-chat\/nexus:[\w.-]+/g, image);
    await writeFile(join(folder, file), ours);
  }
  return folder;
}

test("from kubectl apply -k manifests to the first message between two users on two gateway pods it takes less than three minutes", async ({
  skip,
}) => {
  const there = await kubectl(["get", "namespace", ns, "--ignore-not-found", "-o", "name"]);
  skip(there !== "", `there is a namespace ${ns} already`);
  keepOnFailure({ name: ns });
  const folder = await manifests();
  const since = performance.now();
  ours = true;
  await kubectl(["apply", "-k", folder]);
  await rm(folder, { recursive: true });
  await ready(ns, { name: ns });
  await until("a message through two gateways", () => firstMessage(ns, ns).then(() => true));
  const took = performance.now() - since;
  console.log(`first message after ${(took / 1_000).toFixed(1)} s`);
  expect(took).toBeLessThan(INSTALL_MS);
});
