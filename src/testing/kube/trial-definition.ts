import { randomBytes } from "node:crypto";
import {
  ApiException,
  ApiextensionsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
} from "@kubernetes/client-node";
import { vi } from "vitest";
import {
  apiVersion,
  type ChatCluster,
  type ChatClusterSpecInput,
  kind,
  parseChatCluster,
  plural,
  version,
} from "../../../operator/api/chat-cluster.ts";
import { chatClusterCrd } from "../../../operator/api/crd.ts";

/**
 * The ChatCluster's definition on the API server that KUBECONFIG names, under a group of its own so that no operator acts on what
 * is made of it, with a namespace to make it in.
 */
export function createTrialDefinition() {
  const config = new KubeConfig();
  config.loadFromDefault();
  const core = config.makeApiClient(CoreV1Api);
  const definitions = config.makeApiClient(ApiextensionsV1Api);
  const objects = config.makeApiClient(CustomObjectsApi);

  const group = `t${randomBytes(4).toString("hex")}.nexus.chat`;
  const namespace = `nexus-crd-${randomBytes(4).toString("hex")}`;
  const name = `${plural}.${group}`;
  const at = { group, version, namespace, plural };

  function body(spec: object | undefined, called = "team") {
    return {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: called, namespace },
      ...(spec && { spec }),
    };
  }

  async function create(spec: object | undefined, called?: string, dryRun?: "All") {
    return (await objects.createNamespacedCustomObject({
      ...at,
      body: body(spec, called),
      fieldValidation: "Strict",
      ...(dryRun && { dryRun }),
    })) as { spec: ChatClusterSpecInput; metadata: { name: string } };
  }

  /** The API server's words, or undefined when it does what it is asked. */
  async function words(act: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await act();
      return undefined;
    } catch (error) {
      if (!(error instanceof ApiException)) throw error;
      const text = typeof error.body === "string" ? error.body : JSON.stringify(error.body);
      return (JSON.parse(text) as { message: string }).message;
    }
  }

  return {
    objects,
    at,
    body,
    create,
    words,
    /** The API server's words about a new ChatCluster, which is not kept. */
    refusal(spec: object | undefined, called?: string): Promise<string | undefined> {
      return words(() => create(spec, called, "All"));
    },
    /** As the operator would read it, had it the usual group. */
    read(object: object): ChatCluster {
      return parseChatCluster({ ...object, apiVersion });
    },
    async install(): Promise<void> {
      const crd = chatClusterCrd();
      const { shortNames: _, categories: __, ...names } = crd.spec.names;
      // Not by the client's own type of definitions, which loses every x-kubernetes-… of the schema.
      await objects.createClusterCustomObject({
        group: "apiextensions.k8s.io",
        version: "v1",
        plural: "customresourcedefinitions",
        body: { ...crd, metadata: { name }, spec: { ...crd.spec, group, names } },
      });
      await core.createNamespace({ body: { metadata: { name: namespace } } });
      // Served a moment after it is there.
      await vi.waitFor(() => create({}, "probe", "All"), { timeout: 30_000, interval: 200 });
    },
    async remove(): Promise<void> {
      await Promise.allSettled([
        core.deleteNamespace({ name: namespace }),
        definitions.deleteCustomResourceDefinition({ name }),
      ]);
    },
  };
}
