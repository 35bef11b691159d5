import { fileURLToPath } from "node:url";
import { type Kind, type KubeObject, list, read } from "./api.ts";
import { imageValues } from "./images.ts";
import { helm, kubectl } from "./program.ts";
import { until } from "./until.ts";

export const repository = fileURLToPath(new URL("../../../", import.meta.url));
const chart = `${repository}charts/nexus`;

/** Settings that let traffic through and keep two cores free for what is tested. */
export const testConfig = {
  RATE_LIMIT_MESSAGES_PER_MINUTE: "0",
  RATE_LIMIT_MESSAGES_PER_HOUR: "0",
  RATE_LIMIT_CONVERSATION_PER_MINUTE: "0",
  RATE_LIMIT_LOGINS_PER_MINUTE: "0",
  PASSWORD_SCRYPT_COST: "1024",
};

/** The release and ChatCluster of the tests: short, since names of pods are made of it. */
export const chat = "chat";

export type InstallOptions = {
  /** The ChatCluster's spec beside the tests' settings. */
  readonly spec?: object;
  /** More values of the chart. */
  readonly values?: object;
  /** Install the operator alone. */
  readonly operatorOnly?: boolean;
};

/** A ChatCluster's spec for tests: small, and with no limits on what one user may send. */
export function testSpec(spec: { readonly config?: object; readonly [field: string]: unknown } = {}): object {
  return {
    postgres: { storage: { size: "1Gi" } },
    ...spec,
    config: { ...testConfig, ...spec.config },
  };
}

/** `helm install` (or upgrade) of the chart in this checkout. Does not wait for the ChatCluster. */
export async function install(namespace: string, options: InstallOptions = {}): Promise<void> {
  const values = {
    ...imageValues,
    cluster: options.operatorOnly ? { enabled: false } : { spec: testSpec({ ...options.spec }) },
    ...options.values,
  };
  await bringDefinition();
  await helm(["upgrade", "--install", chat, chart, "-n", namespace, "--values", "-"], {
    input: JSON.stringify(values),
    timeoutMs: 120_000,
  });
}

/**
 * The definition of ChatCluster is the whole cluster's: where another release has brought it in another version, helm
 * refuses to take it over, so it is brought up to date as the chart's README says. Where there is none, helm makes it.
 */
async function bringDefinition(): Promise<void> {
  const there = await kubectl(["get", "crd", "chatclusters.nexus.chat", "--ignore-not-found", "-o", "name"]);
  if (there !== "") await kubectl(["apply", "--server-side", "--force-conflicts", "-f", `${chart}/crds`]);
}

/** Merges into a ChatCluster, as `kubectl patch` does. */
export async function patch(namespace: string, change: object, name = chat): Promise<void> {
  await kubectl([
    "-n",
    namespace,
    "patch",
    "chatcluster",
    name,
    "--type=merge",
    "-p",
    JSON.stringify(change),
  ]);
}

export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration?: number;
};

/** A condition of the ChatCluster as it is now, if it is about the newest spec. */
export async function condition(
  namespace: string,
  type: string,
  name = chat,
): Promise<Condition | undefined> {
  const cluster = await read("ChatCluster", namespace, name);
  const found = (cluster?.status?.conditions as Condition[] | undefined)?.find((c) => c.type === type);
  const fresh = found?.observedGeneration === cluster?.metadata.generation;
  return fresh ? found : undefined;
}

/** Resolves with a condition as soon as it is as wanted and about the newest spec. */
export async function becomes(
  namespace: string,
  type: string,
  wanted: (condition: Condition) => boolean,
  { name = chat, timeoutMs = 180_000 } = {},
): Promise<Condition> {
  let last: unknown;
  return until(
    `condition ${type} of ${name} as wanted`,
    async () => {
      const found = await condition(namespace, type, name);
      last = found ?? "no condition about this generation";
      return found && wanted(found) ? found : undefined;
    },
    { timeoutMs, seen: () => last },
  );
}

/** Resolves once the ChatCluster is ready, for the newest spec. */
export async function ready(namespace: string, { name = chat, timeoutMs = 240_000 } = {}): Promise<void> {
  await becomes(namespace, "Ready", (found) => found.status === "True", { name, timeoutMs });
}

/** The pods of a component that are not about to end. */
export async function pods(namespace: string, component: string, name = chat): Promise<KubeObject[]> {
  const all = await list(
    "Pod",
    namespace,
    `app.kubernetes.io/instance=${name},app.kubernetes.io/component=${component}`,
  );
  return all.filter((pod) => pod.metadata.deletionTimestamp === undefined);
}

/** Whether a pod says it is ready. */
export function isReady(pod: KubeObject): boolean {
  const conditions = (pod.status?.conditions ?? []) as { type: string; status: string }[];
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

/** Resolves once exactly so many pods of a component are there and all ready. */
export async function podsReady(
  namespace: string,
  component: string,
  count: number,
  timeoutMs = 180_000,
): Promise<KubeObject[]> {
  let last: unknown;
  return until(
    `${count} ready pods of ${component}`,
    async () => {
      const found = await pods(namespace, component);
      last = found.map((pod) => `${pod.metadata.name} ${pod.status?.phase} ${isReady(pod)}`);
      return found.length === count && found.every(isReady) ? found : undefined;
    },
    { timeoutMs, seen: () => last },
  );
}

const ownedKinds: readonly Kind[] = [
  "ConfigMap",
  "Deployment",
  "HorizontalPodAutoscaler",
  "Ingress",
  "Job",
  "NetworkPolicy",
  "PodDisruptionBudget",
  "Secret",
  "Service",
  "ServiceAccount",
  "StatefulSet",
];

/** Every object that the operator has made for a ChatCluster; not what other controllers made of these. */
export async function owned(namespace: string, name = chat): Promise<KubeObject[]> {
  const lists = await Promise.all(
    ownedKinds.map((kind) => list(kind, namespace, `nexus.chat/cluster=${name}`)),
  );
  return lists.flat();
}
