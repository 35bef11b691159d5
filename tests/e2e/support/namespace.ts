import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, onTestFailed } from "vitest";
import { collect } from "./collect.ts";
import { kubectl } from "./program.ts";

/** A namespace of a test file's own. */
export type Namespace = { readonly name: string };

/**
 * Registers hooks that make a namespace which lets in only pods of the standard "restricted", and take it away whatever
 * happened; and collects what is in it when a test fails (call it outside of tests, before other hooks).
 */
export function ownNamespace(purpose: string): Namespace {
  const name = `nexus-e2e-${purpose}-${randomBytes(3).toString("hex")}`;
  beforeAll(async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted", "nexus.chat/e2e": purpose };
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
    await kubectl(["apply", "-f", "-"], { input: JSON.stringify(namespace) });
  });
  afterAll(async () => {
    if (process.env.E2E_KEEP) {
      console.log(`kept: kubectl delete namespace ${name}`);
      return;
    }
    await deleteNamespace(name);
  });
  return { name };
}

/** Deletes a namespace, without waiting for it, and the cluster-wide objects of the releases in it. */
export async function deleteNamespace(name: string): Promise<void> {
  await kubectl(["delete", "namespace", name, "--wait=false", "--ignore-not-found"]);
  const wide = await kubectl(["get", "clusterroles,clusterrolebindings", "-o", "name"]);
  const own = wide.split("\n").filter((found) => found.includes(`/${name}:`));
  if (own.length > 0) await kubectl(["delete", "--ignore-not-found", ...own]);
}

/** In a test: keeps pods, logs and events of the namespace when it fails, and says where. */
export function keepOnFailure(namespace: Namespace): void {
  onTestFailed(async ({ task }) => {
    const folder = await collect(namespace.name, task.name);
    console.log(`what was in ${namespace.name}: ${folder}`);
  }, 120_000);
}
