/** A kubeconfig, as kubectl reads it. */
import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { dirname, resolve } from "node:path";
import { parse } from "yaml";
import type { Credentials } from "./credentials.ts";

export interface Kubeconfig {
  server: URL;
  namespace: string;
  /** Reads anew what lies in files or comes from a program. */
  credentials(): Promise<Credentials>;
}

interface Cluster {
  server: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
}
interface User {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  exec?: unknown;
  "auth-provider"?: unknown;
  username?: string;
}
interface File {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: Cluster }[];
  users?: { name: string; user: User }[];
}

/**
 * The cluster of the current context. A plain file is read here; one that needs more (several files, programs that
 * give tokens, proxies) by @kubernetes/client-node.
 * @param paths KUBECONFIG; absent: ~/.kube/config.
 * @throws Error that says what to set when there is no cluster.
 */
export async function readKubeconfig(paths: string | undefined): Promise<Kubeconfig> {
  const path = paths || `${homedir()}/.kube/config`;
  const file = path.includes(":")
    ? undefined
    : ((await readFile(path, "utf8").then(parse, () => undefined)) as File);
  const context = file?.contexts?.find(({ name }) => name === file["current-context"])?.context;
  const cluster = file?.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = file?.users?.find(({ name }) => name === context?.user)?.user ?? {};
  const special = user.exec ?? user["auth-provider"] ?? user.username ?? cluster?.["proxy-url"];
  if (!context || !cluster || special !== undefined) return readByClient();

  const load = async (data: string | undefined, name: string | undefined) => {
    if (data !== undefined) return Buffer.from(data, "base64");
    return name === undefined ? undefined : await readFile(resolve(dirname(path), name));
  };
  return {
    server: new URL(cluster.server),
    namespace: context.namespace ?? "default",
    async credentials() {
      const token = user.tokenFile ? (await readFile(user.tokenFile, "utf8")).trim() : user.token;
      return {
        ca: await load(cluster["certificate-authority-data"], cluster["certificate-authority"]),
        cert: await load(user["client-certificate-data"], user["client-certificate"]),
        key: await load(user["client-key-data"], user["client-key"]),
        servername: cluster["tls-server-name"],
        ...(cluster["insecure-skip-tls-verify"] && { rejectUnauthorized: false }),
        headers: token ? { authorization: `Bearer ${token}` } : {},
      };
    },
  };
}

async function readByClient(): Promise<Kubeconfig> {
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
    async credentials() {
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
    },
  };
}
