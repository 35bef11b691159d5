/**
 * How to reach the API server and as whom: within a pod by its service account, elsewhere by a kubeconfig.
 * Only the latter loads @kubernetes/client-node, whose import alone takes 90 MB and a second.
 */
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";

/** TLS options and headers as they are now. */
export interface Credentials {
  ca?: string | Buffer | undefined;
  cert?: string | Buffer | undefined;
  key?: string | Buffer | undefined;
  servername?: string | undefined;
  rejectUnauthorized?: boolean | undefined;
  headers: Record<string, string>;
}

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
  if (env.KUBECONFIG || !host) return fromKubeconfig();
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

async function fromKubeconfig(): Promise<Access> {
  const { KubeConfig } = await import("@kubernetes/client-node");
  const config = new KubeConfig();
  config.loadFromDefault();
  const cluster = config.getCurrentCluster();
  if (!cluster)
    throw new Error(
      "no Kubernetes to work on: run in a pod with a service account, or set KUBECONFIG to a file whose current-context exists",
    );
  const context = config.getContextObject(config.getCurrentContext());
  return {
    server: new URL(cluster.server),
    namespace: context?.namespace ?? "default",
    credentials: keptFor(KEPT, async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const headers = Object.entries(options.headers ?? {}).map(([name, value]) => [
        name.toLowerCase(),
        String(value),
      ]);
      if (options.auth)
        headers.push(["authorization", `Basic ${Buffer.from(options.auth).toString("base64")}`]);
      return {
        ca: options.ca as Buffer | undefined,
        cert: options.cert as Buffer | undefined,
        key: options.key as Buffer | undefined,
        servername: options.servername,
        rejectUnauthorized: options.rejectUnauthorized,
        headers: Object.fromEntries(headers),
      };
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
