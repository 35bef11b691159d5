import { type KubeObject, list, raw } from "./api.ts";
import { kubectl } from "./program.ts";
import { until } from "./until.ts";

const labels = "app.kubernetes.io/component=operator";

/** The operator's pods that are not about to end. */
export async function operatorPods(namespace: string): Promise<KubeObject[]> {
  return (await list("Pod", namespace, labels)).filter((pod) => !pod.metadata.deletionTimestamp);
}

/** Changes the operator's pods (`container`: its only one) and waits until they have been replaced. */
export async function patchOperator(
  namespace: string,
  {
    container = {},
    replicas,
    ...pod
  }: { readonly container?: object; readonly replicas?: number; readonly [podField: string]: unknown },
): Promise<void> {
  const labels = "app.kubernetes.io/component=operator";
  const [deployment] = await list("Deployment", namespace, labels);
  if (!deployment) throw new Error(`no operator in ${namespace}`);
  const [{ name: containerName }] = deployment.spec.template.spec.containers;
  const spec = { ...pod, containers: [{ name: containerName, ...container }] };
  const change = { spec: { ...(replicas === undefined ? {} : { replicas }), template: { spec } } };
  const target = `deployment/${deployment.metadata.name}`;
  await kubectl(["-n", namespace, "patch", target, "--type=strategic", "-p", JSON.stringify(change)]);
  await kubectl(["-n", namespace, "rollout", "status", target, "--timeout=120s"], { timeoutMs: 130_000 });
  await until("the old operators are gone", async () => {
    const all = await list("Pod", namespace, labels);
    return all.every((found) => !found.metadata.deletionTimestamp);
  });
}

/**
 * Lets the operator run under a shell that starts it anew at once, so that its process can be killed often: the kubelet
 * would wait longer after each time. One replica, so that it is the one that acts.
 */
export async function restartAtOnce(namespace: string): Promise<void> {
  const [deployment] = await list("Deployment", namespace, labels);
  if (!deployment) throw new Error(`no operator in ${namespace}`);
  const command = (deployment.spec.template.spec.containers[0].command as string[]).join(" ");
  const loop = `trap 'kill $!; exit' TERM; while :; do ${command} & wait $!; done`;
  // Nor may the kubelet restart it on its own account, which it would when lives are short and the machine is busy.
  const probes = { livenessProbe: null, startupProbe: null };
  await patchOperator(namespace, { replicas: 1, container: { command: ["sh", "-c", loop], ...probes } });
}

/** SIGKILL for the operator's process under that shell. */
export async function killOperator(namespace: string): Promise<void> {
  const [pod] = await operatorPods(namespace);
  const kill = `for (const pid of fs.readdirSync("/proc").map(Number)) {
    if (!pid || pid === process.pid) continue;
    const command = fs.readFileSync("/proc/" + pid + "/cmdline", "utf8");
    if (!command.startsWith("node") || !command.includes("operator/main.ts")) continue;
    process.kill(pid, "SIGKILL");
    console.log("killed");
  }`;
  const exec = ["-n", namespace, "exec", String(pod?.metadata.name), "--", "node", "-e", kill];
  // Between two of its lives there is none to kill.
  await until("a process of the operator to kill", async () => (await kubectl(exec)).includes("killed"));
}

/** A sum over all series of a metric that one of the operator's pods tells; NaN if it tells none. */
export async function operatorMetric(namespace: string, pod: string, metric: string): Promise<number> {
  const text = await raw(`/api/v1/namespaces/${namespace}/pods/${pod}:8080/proxy/metrics`);
  const values = [...(text ?? "").matchAll(new RegExp(`^${metric}(?:{[^}]*})? (\\S+)`, "gm"))].map((m) =>
    Number(m[1]),
  );
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}
