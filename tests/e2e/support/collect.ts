import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { list } from "./api.ts";
import { kubectl } from "./program.ts";

const reports = process.env.E2E_REPORTS ?? join(tmpdir(), "nexus-e2e");

/** Keeps something to be looked at after the tests. */
export async function keep(name: string, text: string): Promise<void> {
  await mkdir(reports, { recursive: true });
  await writeFile(join(reports, name), text);
}

/**
 * Writes what a person asks for first when a test has failed: objects, events, the ChatCluster, each container's log and
 * that of its predecessor. Resolves with the folder; what cannot be had is left out.
 */
export async function collect(namespace: string, why: string): Promise<string> {
  const folder = join(reports, `${namespace}-${why.replace(/[^a-z0-9]+/gi, "-").slice(0, 60)}`);
  await mkdir(folder, { recursive: true });
  const say = async (file: string, args: readonly string[]) => {
    const text = await kubectl(["-n", namespace, ...args], { timeoutMs: 20_000 }).catch(String);
    if (text.trim() !== "") await writeFile(join(folder, file), text);
  };
  await say("objects.txt", [
    "get",
    "chatclusters,all,pvc,configmaps,secrets,networkpolicies,pdb,ingress",
    "-o",
    "wide",
  ]);
  await say("chatclusters.yaml", ["get", "chatclusters", "-o", "yaml"]);
  await say("events.txt", ["get", "events", "--sort-by=.lastTimestamp"]);
  await say("pods.txt", ["describe", "pods"]);
  for (const pod of await list("Pod", namespace).catch(() => [])) {
    for (const { name } of pod.spec.containers as { name: string }[]) {
      const log = ["logs", pod.metadata.name, "-c", name, "--tail=3000"];
      await say(`${pod.metadata.name}.${name}.log`, log);
      const status = (pod.status.containerStatuses ?? []).find((s: { name: string }) => s.name === name);
      if (status?.restartCount > 0)
        await say(`${pod.metadata.name}.${name}.before.log`, [...log, "--previous"]);
    }
  }
  return folder;
}
