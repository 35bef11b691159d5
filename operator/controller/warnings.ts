/** Warning events of a chat cluster's objects: read only while something is not as it should be. */
import type { KubeClient } from "../kube/client.ts";
import type { KubernetesObject } from "../kube/object.ts";
import { pathOf, resourceOf } from "../kube/resources.ts";
import type { ObservedEvent } from "../plan/plan.ts";

const event = resourceOf({ apiVersion: "v1", kind: "Event" });
/** Events of one namespace that are looked through, and of one chat cluster that are kept. */
const READ = 500;
const KEPT = 100;
/** ms for which the answer is used again. */
const FRESH = 5000;

interface CoreEvent extends KubernetesObject {
  involvedObject?: { name?: string };
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { lastObservedTime?: string };
}

export interface Warnings {
  /** What the events of objects named `<cluster>-…` say, newest first. */
  of(namespace: string, cluster: string): Promise<readonly ObservedEvent[]>;
  forget(namespace: string, cluster: string): void;
}

export function createWarnings(client: KubeClient, signal: AbortSignal): Warnings {
  const known = new Map<string, { at: number; events: ObservedEvent[] }>();
  return {
    async of(namespace, cluster) {
      const key = `${namespace}/${cluster}`;
      const before = known.get(key);
      if (before && performance.now() - before.at < FRESH) return before.events;
      const { items = [] } = await client.call<{ items?: CoreEvent[] }>({
        verb: "list",
        resource: event.plural,
        path: pathOf(event, namespace),
        query: { fieldSelector: "type=Warning", limit: READ },
        signal,
      });
      const events = items
        // Volume claims of StatefulSets bear the name of their template before that.
        .filter((item) => item.involvedObject?.name?.replace(/^data-/, "").startsWith(`${cluster}-`))
        .map(observed)
        .sort((a, b) => (a.at < b.at ? 1 : -1))
        .slice(0, KEPT);
      known.set(key, { at: performance.now(), events });
      return events;
    },
    forget(namespace, cluster) {
      known.delete(`${namespace}/${cluster}`);
    },
  };
}

function observed(item: CoreEvent): ObservedEvent {
  return {
    involvedName: item.involvedObject?.name ?? "",
    reason: item.reason ?? "",
    message: item.message ?? "",
    at:
      item.series?.lastObservedTime ??
      item.lastTimestamp ??
      item.eventTime ??
      item.metadata.creationTimestamp ??
      "",
  };
}
