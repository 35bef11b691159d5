/**
 * Keeps an exact copy of a collection of the cluster: lists, then watches from there for as long as it lives.
 *
 *   list ──► watch ──ended by the server, cut──► watch from the last version
 *    ▲         └──410, the version is too old──► list
 *    └── any failure: wait 0.2 to 4 s, more each time, then where it was
 *
 * It is never deaf: the server ends each watch after some minutes, a watchdog does if the server does not, and cut
 * connections are found by pings (sessions.ts). The Watch and informer of @kubernetes/client-node 2.0 are not used:
 * they abort after 30 s in all and then wait as long.
 */
import { backoff, pause } from "./backoff.ts";
import type { KubeClient } from "./client.ts";
import { errorOf, isStatus, KubeError } from "./errors.ts";
import { type KubernetesObject, keyOf } from "./object.ts";
import { pathOf, type Resource } from "./resources.ts";

export interface Change {
  type: "added" | "modified" | "deleted";
  object: KubernetesObject;
  /** As it was before; absent when added. */
  before?: KubernetesObject | undefined;
}

export interface ReflectorOptions {
  client: KubeClient;
  resource: Resource;
  /** Empty or absent: all namespaces. */
  namespace?: string | undefined;
  labelSelector?: string | undefined;
  fieldSelector?: string | undefined;
  /** What of an object is kept; by it memory is saved. */
  keep?: (object: KubernetesObject) => KubernetesObject;
  /** Fetches names and labels alone, not whole objects. */
  metadataOnly?: boolean;
  /** Told of each change after it is in the store. What it throws goes to `onError` and stops nothing. */
  onChange: (change: Change) => void;
  /** Told of failures: of the API (status 0: no answer), and of `onChange`. */
  onError: (error: unknown) => void;
  onList?: (() => void) | undefined;
  /** s that the server holds a watch; between this and a quarter more by chance. */
  watchFor?: number;
  /** Objects fetched at a time by a list. */
  page?: number;
}

export interface Reflector {
  /** By keyOf. */
  readonly store: ReadonlyMap<string, KubernetesObject>;
  readonly resource: Resource;
  /** Resolves once the first list is in the store; never if it is stopped before. */
  readonly synced: Promise<void>;
  isSynced(): boolean;
  /** Whether its last try failed: the store may be old. */
  isFailing(): boolean;
  /** Whether it has not moved for longer than any step may take. That would be a mistake in here. */
  isStuck(): boolean;
  /** Final: no change is told afterwards. */
  stop(): Promise<void>;
}

const RETRY = { first: 200, longest: 4000 };
/** ms beyond its own limit after which a step counts as stuck: connecting, and a machine that is slow. */
const SLACK = 30_000;
/** s that the watchdog gives the server beyond the end it was asked for. */
const LATE = 20;

export function startReflector(options: ReflectorOptions): Reflector {
  const { client, resource, watchFor = 240, page = 250, keep = withoutManagedFields } = options;
  const path = pathOf(resource, options.namespace);
  const selectors = { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector };
  const as = (list: string) =>
    options.metadataOnly
      ? `application/json;as=PartialObjectMetadata${list};g=meta.k8s.io;v=v1`
      : "application/json";
  // Items of a list do not say what they are.
  const typed = { apiVersion: resource.apiVersion, kind: resource.kind };
  const store = new Map<string, KubernetesObject>();
  const stopping = new AbortController();
  const { signal } = stopping;
  const synced = Promise.withResolvers<void>();
  let isSynced = false;
  let version: string | undefined; // from which to watch; absent: list first
  let failing = false;
  let dueBy = 0;
  /** The next step ends within `ms`. */
  const promise = (ms: number) => {
    dueBy = performance.now() + ms + SLACK;
  };

  function tell(change: Change): void {
    if (signal.aborted) return;
    try {
      options.onChange(change);
    } catch (error) {
      options.onError(error);
    }
  }

  function put(raw: KubernetesObject): void {
    const object = keep({ ...raw, ...typed });
    const key = keyOf(object);
    const before = store.get(key);
    if (before?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    store.set(key, object);
    tell({ type: before ? "modified" : "added", object, before });
  }

  function remove(key: string): void {
    const before = store.get(key);
    if (before === undefined || !store.delete(key)) return;
    tell({ type: "deleted", object: before, before });
  }

  async function list(): Promise<void> {
    options.onList?.();
    const items: KubernetesObject[] = [];
    let next: string | undefined;
    let listed: string | undefined;
    do {
      promise(30_000);
      const answer: List = await client.call<List>({
        verb: "list",
        resource: resource.plural,
        path,
        query: { ...selectors, limit: page, continue: next },
        accept: as("List"),
        timeout: 30_000,
        signal,
      });
      items.push(...(answer.items ?? []));
      listed ??= answer.metadata.resourceVersion;
      next = answer.metadata.continue || undefined;
    } while (next !== undefined);
    const present = new Set<string>();
    for (const item of items) {
      present.add(keyOf({ ...item, ...typed }));
      put(item);
    }
    for (const key of [...store.keys()]) if (!present.has(key)) remove(key);
    version = listed;
    if (!isSynced) {
      isSynced = true;
      synced.resolve();
    }
  }

  async function watch(): Promise<void> {
    const seconds = Math.round(watchFor * (1 + Math.random() / 4));
    promise((seconds + LATE) * 1000);
    await client.stream(
      {
        verb: "watch",
        resource: resource.plural,
        path,
        query: {
          ...selectors,
          watch: true,
          allowWatchBookmarks: true,
          resourceVersion: version,
          timeoutSeconds: seconds,
        },
        accept: as(""),
        timeout: (seconds + LATE) * 1000,
        signal,
      },
      {
        open() {
          failing = false;
        },
        line(line) {
          const { type, object } = JSON.parse(line) as WatchEvent;
          if (type === "ERROR") throw errorOf(object.code ?? 500, JSON.stringify(object), `watch ${path}`);
          if (type === "DELETED") remove(keyOf({ ...object, ...typed }));
          else if (type !== "BOOKMARK") put(object);
          version = object.metadata.resourceVersion;
        },
      },
    );
  }

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      const began = performance.now();
      try {
        if (version === undefined) await list();
        else {
          await watch();
          // A server that ends watches at once must not be asked in a tight loop.
          if (performance.now() - began > 1000) failures = 0;
          else await rest(backoff(++failures, RETRY));
        }
      } catch (raw) {
        if (signal.aborted) return;
        const error = raw instanceof KubeError && raw.cause instanceof KubeError ? raw.cause : raw;
        failures = performance.now() - began > 10_000 ? 1 : failures + 1;
        if (isStatus(error, 410)) version = undefined;
        else {
          failing = true;
          options.onError(error);
        }
        const asked = error instanceof KubeError ? (error.retryAfter ?? 0) : 0;
        await rest(Math.max(Math.min(asked, RETRY.longest), backoff(failures, RETRY)));
      }
    }
  }

  async function rest(ms: number): Promise<void> {
    promise(ms);
    await pause(ms, signal);
  }

  const running = run();
  return {
    store,
    resource,
    synced: synced.promise,
    isSynced: () => isSynced,
    isFailing: () => failing,
    isStuck: () => performance.now() > dueBy,
    async stop() {
      stopping.abort(new Error("stopped"));
      await running;
    },
  };
}

interface List {
  metadata: { resourceVersion: string; continue?: string };
  items?: KubernetesObject[] | null;
}

interface WatchEvent {
  type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";
  object: KubernetesObject & { code?: number };
}

/** They are a third of an object and no use to most. */
export function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
