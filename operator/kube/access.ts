/**
 * How to reach the API server and as whom: within a pod by its service account, elsewhere by a kubeconfig. Of
 * @kubernetes/client-node only an unusual kubeconfig needs anything: its import alone takes 90 MB and a second.
 */
import { readFile } from "node:fs/promises";
import type { Credentials } from "./credentials.ts";

export interface Access {
  server: URL;
  /** Of the service account or of the kubeconfig's context. */
  namespace: string;
  /** Reads them anew each minute, or at once with `refused`: tokens of service accounts rotate. */
  credentials(refused?: boolean): Promise<Credentials>;
}

interface Surroundings {
  KUBERNETES_SERVICE_HOST?: string | undefined;
  KUBERNETES_SERVICE_PORT?: string | undefined;
  KUBECONFIG?: string | undefined;
}

const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount";
const KEPT = 60_000;

/**
 * KUBECONFIG wins, so that a person can point the operator elsewhere; then the service account; then ~/.kube/config.
 * @throws Error that says what is missing.
 */
export async function findAccess(env: Surroundings): Promise<Access> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (env.KUBECONFIG || !host) {
    // Loaded only where it is used: within a pod memory is counted.
    const { readKubeconfig } = await import("./kubeconfig.ts");
    const config = await readKubeconfig(env.KUBECONFIG);
    return { ...config, credentials: keptFor(KEPT, config.credentials) };
  }
  return fromServiceAccount(host, port, serviceAccount);
}

/** By the files that the kubelet mounts into `folder` and keeps fresh. */
export async function fromServiceAccount(host: string, port: string, folder: string): Promise<Access> {
  const namespace = await readFile(`${folder}/namespace`, "utf8").catch((error: unknown) => {
    throw new Error(
      `the pod has no service account's token in ${folder}: set automountServiceAccountToken: true in its spec`,
      { cause: error },
    );
  });
  return {
    server: new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port}`),
    namespace: namespace.trim(),
    credentials: keptFor(KEPT, async () => {
      const [token, ca] = await Promise.all([
        readFile(`${folder}/token`, "utf8"),
        readFile(`${folder}/ca.crt`, "utf8"),
      ]);
      return { ca, headers: { authorization: `Bearer ${token.trim()}` } };
    }),
  };
}

function keptFor(time: number, read: () => Promise<Credentials>): Access["credentials"] {
  let kept: { at: number; credentials: Promise<Credentials> } | undefined;
  return (refused = false) => {
    const now = performance.now();
    if (kept === undefined || refused || now - kept.at > time) {
      const credentials = read();
      kept = { at: now, credentials };
      credentials.catch(() => {
        kept = undefined;
      });
    }
    return kept.credentials;
  };
}
