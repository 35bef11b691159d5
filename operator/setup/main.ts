/**
 * What has to be done once, by a Job, where helm and kubectl cannot:
 *
 *   node operator/setup/main.ts chatcluster FILE   applies the ChatCluster in FILE to this namespace as soon as its kind
 *                                                  is served: `kubectl apply -k` looks kinds up before it makes any
 *   node operator/setup/main.ts definition         brings the definition of ChatCluster up to date before an upgrade
 *                                                  applies a spec with new fields: helm never upgrades definitions
 */
import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { chatClusterCrd } from "../api/crd.ts";
import { findAccess } from "../kube/access.ts";
import { createWriter } from "../kube/apply.ts";
import { createClient, type KubeClient } from "../kube/client.ts";
import { installCrd } from "../kube/install-crd.ts";
import type { KubernetesObject } from "../kube/object.ts";
import { pathOf, resourceOf } from "../kube/resources.ts";
import { untilPossible } from "./until-possible.ts";

const PATIENCE = 120_000;

const stopped = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const)
  process.once(signal, () => stopped.abort(new Error("stopped")));
const say = (line: string) => process.stdout.write(`${line}\n`);

async function applyChatCluster(client: KubeClient, file: string): Promise<void> {
  const body = parse(await readFile(file, "utf8")) as Partial<KubernetesObject> | null;
  if (body?.kind !== "ChatCluster" || !body.metadata?.name || !body.apiVersion)
    throw new Error(`${file} holds no ChatCluster with a name`);
  const object = { ...body, metadata: { ...body.metadata, namespace: client.namespace } } as KubernetesObject;
  const resource = resourceOf(object);
  await client.call({
    verb: "apply",
    resource: resource.plural,
    path: pathOf(resource, client.namespace, object.metadata.name),
    query: { fieldManager: "nexus-setup", force: true, fieldValidation: "Strict" },
    body: object,
    contentType: "application/apply-patch+yaml", // JSON is YAML
    signal: stopped.signal,
  });
  say(`ChatCluster ${object.metadata.name} is applied`);
}

async function bringDefinition(client: KubeClient): Promise<void> {
  const writer = createWriter(client, stopped.signal, () => stopped.signal.throwIfAborted());
  const version = process.env.NEXUS_VERSION ?? "0.0.0";
  const outcome = await installCrd(
    { client, writer, version, onForbidden: say },
    chatClusterCrd() as KubernetesObject,
    stopped.signal,
  );
  say(`the definition of ChatCluster: ${outcome}`);
}

async function main([command, file]: readonly string[]): Promise<void> {
  const client = createClient(await findAccess(process.env), { userAgent: "nexus-setup" });
  const act = {
    chatcluster: () => applyChatCluster(client, file ?? "/etc/nexus/chatcluster.yaml"),
    definition: () => bringDefinition(client),
  }[command ?? ""];
  try {
    if (act === undefined) throw new Error("say what to set up: chatcluster FILE, or definition");
    const waiting = (reason: string) => say(`not yet: ${reason}`);
    await untilPossible(act, { patience: PATIENCE, signal: stopped.signal, waiting });
  } finally {
    client.close();
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
