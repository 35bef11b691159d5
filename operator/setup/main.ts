/**
 * Applies a ChatCluster from a file as soon as the API server knows what that is. `kubectl apply -k manifests` alone
 * cannot: it looks the kind up before it has created it. Runs once, as a Job, with the rights of its service account.
 *
 * CHATCLUSTER_FILE   the file, /etc/nexus/chatcluster.yaml unless told
 * POD_NAMESPACE      the namespace that it is applied to
 */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";
/** How long the definition of ChatCluster is waited for, in ms. */
const PATIENCE = 120_000;

const { KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT_HTTPS = "443", POD_NAMESPACE } = process.env;
const { CHATCLUSTER_FILE: file = "/etc/nexus/chatcluster.yaml" } = process.env;

/** Applies `body` once. Resolves with undefined when that is done, with the reason when it may yet succeed. */
async function apply(name: string, body: string): Promise<string | undefined> {
  const host = KUBERNETES_SERVICE_HOST?.includes(":")
    ? `[${KUBERNETES_SERVICE_HOST}]`
    : KUBERNETES_SERVICE_HOST;
  const path = `/apis/nexus.chat/v1alpha1/namespaces/${POD_NAMESPACE}/chatclusters/${encodeURIComponent(name)}`;
  const url = `https://${host}:${KUBERNETES_SERVICE_PORT_HTTPS}${path}?fieldManager=nexus-setup&force=true`;
  const token = (await readFile(TOKEN, "utf8")).trim();
  try {
    const response = await fetch(url, {
      method: "PATCH",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/apply-patch+yaml" },
      body,
      signal: AbortSignal.timeout(10_000),
    });
    const status = (await response.json().catch(() => ({}))) as { message?: string };
    if (response.ok) return undefined;
    const reason = status.message ?? `the API server answered with ${response.status}`;
    // The definition is not served yet, or its rights are not bound yet; anything else is for a person.
    if (response.status === 404 || response.status === 403 || response.status >= 429) return reason;
    throw new Error(reason);
  } catch (error) {
    if (error instanceof TypeError || (error as Error).name === "TimeoutError")
      return `the API server cannot be reached: ${((error as Error).cause as Error | undefined)?.message ?? (error as Error).message}`;
    throw error;
  }
}

async function main(): Promise<void> {
  if (!KUBERNETES_SERVICE_HOST || !POD_NAMESPACE)
    throw new Error("this runs within a pod that has POD_NAMESPACE: see manifests/setup.yaml");
  const body = await readFile(file, "utf8");
  const name = (parse(body) as { metadata?: { name?: string } } | null)?.metadata?.name;
  if (name === undefined) throw new Error(`${file} holds no ChatCluster with a name`);
  const deadline = performance.now() + PATIENCE;
  for (let last: string | undefined; ; ) {
    const reason = await apply(name, body);
    if (reason === undefined) break;
    if (reason !== last) process.stdout.write(`not yet: ${reason}\n`);
    last = reason;
    if (performance.now() > deadline) throw new Error(reason);
    await delay(1_000);
  }
  process.stdout.write(`ChatCluster ${name} is applied\n`);
}

// As process 1 of a container, nothing else would end it.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(130));

try {
  await main();
} catch (error) {
  process.stderr.write(`the ChatCluster could not be applied: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
