/**
 * Eyes of the operator: one reflector for each kind over all chat clusters, one for each Secret of people's that a
 * spec names, and those of optional kinds while this cluster knows them.
 */

import { FIELD_MANAGER } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import { isStatus } from "../kube/errors.ts";
import { judgeWriters } from "../kube/managed-fields.ts";
import { type KubernetesObject, keyOf } from "../kube/object.ts";
import { type Change, type Reflector, startReflector } from "../kube/reflector.ts";
import { resourceOf } from "../kube/resources.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";
import { chatCluster, type Kind, optionalKinds, ownedKinds, secret } from "./kinds.ts";

export interface WatchOptions {
  client: KubeClient;
  /** Empty: all. */
  namespace: string;
  /** Something of this chat cluster (`namespace/name`) changed. */
  onChange: (cluster: string) => void;
  /** This object changed, in any way; told before `onChange`. */
  onSeen: (object: KubernetesObject) => void;
  onError: (resource: string, error: unknown) => void;
  onList: (resource: string) => void;
}

export interface Watches {
  /** Resolves when everything that must be known before acting is. */
  synced: Promise<void>;
  reflectors(): Reflector[];
  clusters: Reflector;
  /** Optional kinds that are there and known, as "group/version/Kind". */
  apis(): ReadonlySet<string>;
  /** Has these Secrets watched for the cluster, in place of those before. Resolves when they are known. */
  needSecrets(cluster: string, names: readonly string[]): Promise<void>;
  /** A Secret by its name, labelled or not. */
  secretOf(namespace: string, name: string): KubernetesObject | undefined;
  stop(): Promise<void>;
}

/** `namespace/name`. */
export function clusterKey(namespace: string | undefined, name: string): string {
  return `${namespace}/${name}`;
}

interface NamedSecret {
  reflector: Reflector;
  neededBy: Set<string>;
}

export function startWatches(options: WatchOptions): Watches {
  const { client, namespace } = options;
  const named = new Map<string, NamedSecret>();
  const optional = new Map<string, Reflector>();

  function start(
    kind: Kind,
    more: Partial<Parameters<typeof startReflector>[0]> = {},
    tell: (change: Change) => void = tellOwner,
  ): Reflector {
    const resource = resourceOf(kind);
    return startReflector({
      client,
      resource,
      namespace,
      keep: (object) => judgeWriters(object, FIELD_MANAGER),
      onChange(change) {
        options.onSeen(change.object);
        tell(change);
      },
      onError: (error) => options.onError(resource.plural, error),
      onList: () => options.onList(resource.plural),
      ...more,
    });
  }

  function tellOwner({ object, before }: Change): void {
    for (const { metadata } of [object, before ?? object]) {
      const name = metadata.labels?.[OWNER_LABEL];
      if (name !== undefined) options.onChange(clusterKey(metadata.namespace, name));
    }
  }

  const clusters = start(chatCluster, {}, ({ object }) =>
    options.onChange(clusterKey(object.metadata.namespace, object.metadata.name)),
  );
  const owned = ownedKinds.map((kind) => start(kind, { labelSelector: OWNER_LABEL }));
  const secrets = owned.find(({ resource }) => resource.kind === secret.kind);
  const definitions = watchDefinitions();
  const tellAll = () => {
    for (const { metadata } of clusters.store.values())
      options.onChange(clusterKey(metadata.namespace, metadata.name));
  };

  /** By the definitions of optional kinds: their coming and going starts and stops the reflectors of those kinds. */
  function watchDefinitions(): Reflector[] {
    return optionalKinds.map((kind) =>
      startReflector({
        client,
        resource: resourceOf({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" }),
        fieldSelector: `metadata.name=${kind.definition}`,
        metadataOnly: true,
        onChange({ type }) {
          const id = `${kind.apiVersion}/${kind.kind}`;
          const known = optional.get(id);
          if (type === "deleted" && known) {
            optional.delete(id);
            void known.stop();
            tellAll();
          } else if (type !== "deleted" && !known) {
            const reflector = start(kind, { labelSelector: OWNER_LABEL });
            optional.set(id, reflector);
            void reflector.synced.then(tellAll);
          }
        },
        onError(error) {
          // Where we may not read definitions, those kinds are as if they were not there.
          if (!isStatus(error, 403)) options.onError("customresourcedefinitions", error);
        },
      }),
    );
  }

  const required = [clusters, ...owned];
  const reflectors = () => [
    ...required,
    ...optional.values(),
    ...[...named.values()].map(({ reflector }) => reflector),
  ];

  return {
    synced: Promise.all(required.map(({ synced }) => synced)).then(async () => {
      // Optional kinds that are there should be known at the first look, but nothing waits for them for long.
      await Promise.race([
        Promise.all(definitions.map(({ synced }) => synced)).then(() =>
          Promise.all([...optional.values()].map(({ synced }) => synced)),
        ),
        new Promise((resolve) => setTimeout(resolve, 3000).unref()),
      ]);
    }),
    clusters,
    reflectors,
    apis: () => new Set([...optional].filter(([, reflector]) => reflector.isSynced()).map(([id]) => id)),
    async needSecrets(cluster, names) {
      const [inNamespace = ""] = cluster.split("/");
      const wanted = new Set(names.map((name) => `${inNamespace}/${name}`));
      for (const [key, entry] of named) {
        if (wanted.has(key) || !entry.neededBy.delete(cluster) || entry.neededBy.size > 0) continue;
        named.delete(key);
        void entry.reflector.stop();
      }
      for (const key of wanted) {
        const known = named.get(key);
        if (known) {
          known.neededBy.add(cluster);
          continue;
        }
        const neededBy = new Set([cluster]);
        const reflector = start(
          secret,
          { namespace: inNamespace, fieldSelector: `metadata.name=${key.slice(inNamespace.length + 1)}` },
          () => {
            for (const who of neededBy) options.onChange(who);
          },
        );
        named.set(key, { reflector, neededBy });
      }
      await Promise.all([...wanted].map((key) => named.get(key)?.reflector.synced));
    },
    secretOf(inNamespace, name) {
      const key = keyOf({ ...secret, metadata: { name, namespace: inNamespace } });
      return named.get(`${inNamespace}/${name}`)?.reflector.store.get(key) ?? secrets?.store.get(key);
    },
    async stop() {
      await Promise.all([...reflectors(), ...definitions].map((reflector) => reflector.stop()));
    },
  };
}
