/** The operator as a process of its own, on a test's namespace. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { TestCluster } from "./test-cluster.ts";

const main = fileURLToPath(new URL("../../../operator/main.ts", import.meta.url));

export interface OperatorProcess {
  process: ChildProcess;
  /** Objects that it wrote, in order. */
  written: string[];
  /** All lines of its log. */
  log: string[];
  leads: Promise<void>;
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

/**
 * Starts it. Its images are nowhere: the namespace has better a quota of no pods.
 * @param env variables besides, over the test's own.
 */
export function startOperator(cluster: TestCluster, env: NodeJS.ProcessEnv): OperatorProcess {
  const child = spawn(process.execPath, ["--max-semi-space-size=1", main], {
    env: {
      ...env,
      WATCH_NAMESPACE: cluster.namespace,
      POD_NAMESPACE: cluster.namespace,
      POD_NAME: "operator", // the pod's name stays when its container is started anew
      NEXUS_IMAGE: "localhost/none:1",
      NEXUS_DATA_IMAGE: "localhost/none-data:1",
      NEXUS_VERSION: "0.1.0",
      PORT: "0",
      HOST: "127.0.0.1",
      LOG_LEVEL: "info",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const written: string[] = [];
  const log: string[] = [];
  const leads = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    log.push(line);
    const { msg, object } = JSON.parse(line) as { msg: string; object?: string };
    if (msg === "leading") leads.resolve();
    if (object !== undefined) written.push(`${msg} ${object}`);
  });
  return {
    process: child,
    written,
    log,
    leads: leads.promise,
    async end(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill(signal);
      await exited;
    },
  };
}

/** No pods in the test's namespace: everything up to them is what the operator itself does. */
export async function forbidPods({ client, namespace }: TestCluster): Promise<void> {
  await client.call({
    verb: "create",
    resource: "resourcequotas",
    path: `/api/v1/namespaces/${namespace}/resourcequotas`,
    body: { metadata: { name: "no-pods" }, spec: { hard: { pods: "0" } } },
  });
}
