import { isDeepStrictEqual } from "node:util";
import { type Kind, type KubeObject, read } from "./api.ts";
import { kubectl } from "./program.ts";
import { until } from "./until.ts";

/** Edits by kind, as merge patches: each takes something away that the component needs. */
const edits: Partial<Record<Kind, object>> = {
  ConfigMap: { data: { SOMEBODY: "was here", LOG_LEVEL: "fatal" } },
  Deployment: { spec: { replicas: 3 } },
  HorizontalPodAutoscaler: { spec: { maxReplicas: 99 } },
  NetworkPolicy: { spec: { ingress: [] } },
  PodDisruptionBudget: { spec: { maxUnavailable: "90%", minAvailable: null } },
  Service: { spec: { selector: { "app.kubernetes.io/component": "nothing" } } },
  ServiceAccount: { automountServiceAccountToken: true },
  StatefulSet: { spec: { replicas: 0 } },
};

/** What is put back: all that a person could have meant, not what the API server and controllers add. */
export function essence(object: KubeObject): unknown {
  const {
    metadata,
    status: _status,
    apiVersion: _api,
    kind,
    ...rest
  } = structuredClone(object) as KubeObject;
  const { labels, annotations } = metadata;
  for (const given of ["clusterIP", "clusterIPs", "ipFamilies", "healthCheckNodePort"])
    delete rest.spec?.[given];
  // Deployments carry their revision, which every edit raises.
  const told = Object.entries(annotations ?? {}).filter(([name]) => name.startsWith("nexus.chat/"));
  return { kind, name: metadata.name, labels, annotations: Object.fromEntries(told), ...rest };
}

/** Edits an object behind the operator's back; resolves with how long it took to be put back, in milliseconds. */
export async function editedAndRestored(namespace: string, object: KubeObject): Promise<number> {
  const { kind, metadata } = object;
  const change = {
    metadata: { labels: { "app.kubernetes.io/part-of": "somebody" } },
    ...edits[kind as Kind],
  };
  await kubectl([
    "-n",
    namespace,
    "patch",
    kind,
    metadata.name,
    "--type=merge",
    "-p",
    JSON.stringify(change),
  ]);
  return restored(namespace, object, () => true);
}

/** Deletes an object; resolves with how long it took until it was there again, in milliseconds. */
export async function deletedAndRestored(namespace: string, object: KubeObject): Promise<number> {
  const { kind, metadata } = object;
  await kubectl(["-n", namespace, "delete", kind, metadata.name, "--wait=false"]);
  return restored(namespace, object, (found) => found.metadata.uid !== metadata.uid);
}

async function restored(
  namespace: string,
  object: KubeObject,
  fresh: (found: KubeObject) => boolean,
): Promise<number> {
  const since = performance.now();
  const { kind, metadata } = object;
  const wanted = essence(object);
  let last: unknown = "no such object";
  await until(
    `${kind} ${metadata.name} as it was`,
    async () => {
      const found = await read(kind as Kind, namespace, metadata.name);
      if (found) last = essence(found);
      return found !== undefined && fresh(found) && isDeepStrictEqual(essence(found), wanted);
    },
    { timeoutMs: 30_000, everyMs: 100, seen: () => last },
  );
  return performance.now() - since;
}
