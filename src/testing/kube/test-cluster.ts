/** The Kubernetes of the tests, the one that KUBECONFIG names, with a namespace for each file. */
import { randomBytes } from "node:crypto";
import { type Access, findAccess } from "../../../operator/kube/access.ts";
import { createWriter, type Writer } from "../../../operator/kube/apply.ts";
import { type ClientOptions, createClient, type KubeClient } from "../../../operator/kube/client.ts";
import { isStatus } from "../../../operator/kube/errors.ts";
import type { KubernetesObject } from "../../../operator/kube/object.ts";
import { pathOf, resourceOf } from "../../../operator/kube/resources.ts";
import { startRelay, type TcpRelay } from "../tcp-relay.ts";

export interface TestCluster extends AsyncDisposable {
  namespace: string;
  access: Access;
  client: KubeClient;
  writer: Writer;
  /** A relay in front of the API server, which ends with the rest. */
  startRelay(): Promise<TcpRelay>;
  /** A client that goes through the relay. */
  through(relay: TcpRelay, options?: Partial<ClientOptions>): KubeClient;
}

/** Makes a namespace in the cluster that `env` names, and deletes it with all in it at the end. */
export async function testCluster(env: Parameters<typeof findAccess>[0]): Promise<TestCluster> {
  const access = await findAccess(env);
  const client = createClient(access, { userAgent: "nexus-test" });
  const namespace = `nexus-test-${randomBytes(4).toString("hex")}`;
  const writer = createWriter(client, new AbortController().signal, () => {});
  const space = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await writer.create(space);
  await serviceAccountIsThere(writer, namespace);
  const clients = [client];
  const stack = new AsyncDisposableStack();
  return {
    namespace,
    access,
    client,
    writer,
    async startRelay() {
      const target = { host: access.server.hostname, port: Number(access.server.port || 443) };
      return stack.use(await startRelay(target));
    },
    through(relay, options = {}) {
      const server = new URL(access.server);
      server.hostname = "127.0.0.1";
      server.port = String(relay.port);
      // The server's certificate need not name the relay's address.
      const credentials: Access["credentials"] = async (refused) => ({
        ...(await access.credentials(refused)),
        rejectUnauthorized: false,
      });
      const proxied = createClient(
        { ...access, server, credentials },
        { userAgent: "nexus-test", ...options },
      );
      clients.push(proxied);
      return proxied;
    },
    async [Symbol.asyncDispose]() {
      await stack.disposeAsync();
      await client.call({
        verb: "delete",
        resource: "namespaces",
        path: pathOf(resourceOf(space), undefined, namespace),
      });
      for (const each of clients) each.close();
    },
  };
}

/** Pods are refused before the namespace has its service account. */
async function serviceAccountIsThere(writer: Writer, namespace: string): Promise<void> {
  const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } };
  const deadline = performance.now() + 10_000;
  while (!(await writer.read(account))) {
    if (performance.now() > deadline)
      throw new Error(`the namespace ${namespace} has no service account after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Applies `object` as somebody else than the operator. */
export async function applyAs(
  manager: string,
  client: KubeClient,
  object: KubernetesObject,
): Promise<KubernetesObject> {
  const { namespace, name } = object.metadata;
  return client.call({
    verb: "apply",
    resource: "test",
    path: pathOf(resourceOf(object), namespace, name),
    query: { fieldManager: manager, force: true },
    contentType: "application/apply-patch+yaml",
    body: object,
  });
}

/** Merges `change` into the object as somebody else than the operator. */
export async function patchAs(
  manager: string,
  client: KubeClient,
  object: KubernetesObject,
  change: unknown,
  how: "merge" | "strategic-merge" | "json" = "merge",
): Promise<KubernetesObject> {
  const { namespace, name } = object.metadata;
  return client.call({
    verb: "patch",
    resource: "test",
    path: pathOf(resourceOf(object), namespace, name),
    query: { fieldManager: manager },
    contentType: `application/${how}-patch+json`,
    body: change,
  });
}

/** Deletes it; gone already is fine. */
export async function removeFrom(client: KubeClient, object: KubernetesObject): Promise<void> {
  const { namespace, name } = object.metadata;
  const call = {
    verb: "delete",
    resource: "test",
    path: pathOf(resourceOf(object), namespace, name),
  } as const;
  await client.call(call).catch((error: unknown) => {
    if (!isStatus(error, 404)) throw error;
  });
}
