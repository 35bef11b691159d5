import { list } from "./api.ts";
import { kubectl } from "./program.ts";
import { pods, podsReady, ready } from "./release.ts";
import { until } from "./until.ts";

/** Deletes a component's pod as a person does, and waits for it to be gone and replaced. */
export async function deletePod(ns: string, component: string, count: number): Promise<void> {
  const [pod] = await pods(ns, component);
  if (!pod) throw new Error(`no pod of ${component}`);
  await kubectl(["-n", ns, "delete", "pod", pod.metadata.name, "--wait=true"], { timeoutMs: 120_000 });
  await podsReady(ns, component, count);
  await ready(ns);
}

/** Resolves when no pod of the gateways is about to end any more. */
export async function allDrained(ns: string): Promise<void> {
  const labels = "app.kubernetes.io/component=gateway";
  await until(
    "gateways have drained",
    async () => (await list("Pod", ns, labels)).every((p) => !p.metadata.deletionTimestamp),
    {
      timeoutMs: 120_000,
    },
  );
}
