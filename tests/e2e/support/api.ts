/**
 * The Kubernetes API for looking often: one `kubectl proxy` for the whole test file, so that any kubeconfig will do and a
 * look costs a request, not a process. What people do with kubectl the tests do with kubectl.
 */
import { type ChildProcess, spawn } from "node:child_process";

export type KubeObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly generation?: number;
    readonly resourceVersion: string;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
  // biome-ignore lint/suspicious/noExplicitAny: whatever the kind has; a test reads what it checks
  readonly [more: string]: any;
};

/** Where the objects of a kind are. */
const paths = {
  ChatCluster: "/apis/nexus.chat/v1alpha1 chatclusters",
  ConfigMap: "/api/v1 configmaps",
  Deployment: "/apis/apps/v1 deployments",
  Event: "/api/v1 events",
  HorizontalPodAutoscaler: "/apis/autoscaling/v2 horizontalpodautoscalers",
  Ingress: "/apis/networking.k8s.io/v1 ingresses",
  Job: "/apis/batch/v1 jobs",
  Lease: "/apis/coordination.k8s.io/v1 leases",
  NetworkPolicy: "/apis/networking.k8s.io/v1 networkpolicies",
  PersistentVolumeClaim: "/api/v1 persistentvolumeclaims",
  Pod: "/api/v1 pods",
  PodDisruptionBudget: "/apis/policy/v1 poddisruptionbudgets",
  Role: "/apis/rbac.authorization.k8s.io/v1 roles",
  RoleBinding: "/apis/rbac.authorization.k8s.io/v1 rolebindings",
  Secret: "/api/v1 secrets",
  Service: "/api/v1 services",
  ServiceAccount: "/api/v1 serviceaccounts",
  StatefulSet: "/apis/apps/v1 statefulsets",
} as const;
export type Kind = keyof typeof paths;

let proxy: Promise<string> | undefined;

/** The text that the API answers to GET; undefined when there is nothing. Rejects on other answers than 200 and 404. */
export async function raw(path: string, timeoutMs = 10_000): Promise<string | undefined> {
  proxy ??= startProxy();
  const answer = await fetch(`${await proxy}${path}`, { signal: AbortSignal.timeout(timeoutMs) });
  const text = await answer.text();
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return text;
}

/** One object; undefined when there is none. */
export async function read(kind: Kind, namespace: string, name: string): Promise<KubeObject | undefined> {
  const text = await raw(pathOf(kind, namespace, `/${name}`));
  return text === undefined ? undefined : (JSON.parse(text) as KubeObject);
}

/** All objects of a kind with these labels ("a=b,c!=d"). */
export async function list(kind: Kind, namespace: string, labels = ""): Promise<KubeObject[]> {
  const text = await raw(pathOf(kind, namespace, `?labelSelector=${encodeURIComponent(labels)}`));
  const { items = [], apiVersion } = JSON.parse(text ?? "{}") as { items?: KubeObject[]; apiVersion: string };
  // Objects in a list come without their kind.
  return items.map((item) => ({ ...item, kind, apiVersion }));
}

function pathOf(kind: Kind, namespace: string, rest: string): string {
  const [base, plural] = paths[kind].split(" ");
  return `${base}/namespaces/${namespace}/${plural}${rest}`;
}

function startProxy(): Promise<string> {
  const child: ChildProcess = spawn("kubectl", ["proxy", "--port=0"], { stdio: ["ignore", "pipe", "pipe"] });
  // It ends with us, however we end.
  process.once("exit", () => child.kill("SIGKILL"));
  return new Promise((resolve, reject) => {
    let said = "";
    const heard = (chunk: Buffer) => {
      said += chunk;
      const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
      if (!port) return;
      child.unref();
      resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout?.on("data", heard);
    child.stderr?.on("data", heard);
    child.once("error", (error) => reject(new Error(`kubectl proxy does not start: ${error.message}`)));
    child.once("exit", (code) => {
      proxy = undefined;
      reject(new Error(`kubectl proxy ended with ${code}: ${said}`));
    });
  });
}
