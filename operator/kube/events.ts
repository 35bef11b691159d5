/** Events of the operator about an object, as `kubectl describe` shows them: one for each thing, however often it is said. */
import { createHash } from "node:crypto";
import type { KubeClient } from "./client.ts";
import { isStatus } from "./errors.ts";
import type { KubernetesObject } from "./object.ts";
import { pathOf, resourceOf } from "./resources.ts";

export interface EventToTell {
  type: "Normal" | "Warning";
  /** One word in CamelCase. */
  reason: string;
  message: string;
}

export interface EventRecorder {
  /** Tells it now, or counts it in when the same was told lately. Never throws, never waits. */
  tell(about: KubernetesObject, event: EventToTell): void;
  /** Resolves when all that was told is written or given up. */
  flush(): Promise<void>;
}

/** ms for which the same event is only counted. */
const QUIET = 300_000;
/** Different events remembered. */
const REMEMBERED = 500;
const kind = { apiVersion: "events.k8s.io/v1", kind: "Event" };

export function createEventRecorder(options: {
  client: KubeClient;
  controller: string;
  instance: string;
  onError: (error: unknown) => void;
}): EventRecorder {
  const resource = resourceOf(kind);
  const told = new Map<string, { at: number; count: number }>();
  const writing = new Set<Promise<void>>();

  async function write(
    about: KubernetesObject,
    event: EventToTell,
    name: string,
    count: number,
  ): Promise<void> {
    const { namespace = "default" } = about.metadata;
    const now = new Date().toISOString().replace("Z", "000Z");
    const calls = { resource: resource.plural, timeout: 10_000 };
    if (count > 1) {
      try {
        await options.client.call({
          ...calls,
          verb: "patch",
          path: pathOf(resource, namespace, name),
          contentType: "application/merge-patch+json",
          body: { series: { count, lastObservedTime: now } },
        });
        return;
      } catch (error) {
        if (!isStatus(error, 404)) throw error; // events are kept for an hour: tell it anew
      }
    }
    await options.client.call({
      ...calls,
      verb: "create",
      path: pathOf(resource, namespace),
      body: {
        ...kind,
        metadata: { name, namespace },
        eventTime: now,
        reportingController: options.controller,
        reportingInstance: options.instance.slice(0, 128),
        action: "Reconcile",
        reason: event.reason,
        type: event.type,
        note: event.message.slice(0, 1000),
        regarding: {
          apiVersion: about.apiVersion,
          kind: about.kind,
          name: about.metadata.name,
          namespace,
          uid: about.metadata.uid,
          resourceVersion: about.metadata.resourceVersion,
        },
      },
    });
  }

  return {
    tell(about, event) {
      const id = JSON.stringify([about.metadata.uid, event.type, event.reason, event.message]);
      const before = told.get(id);
      const now = performance.now();
      const count = (before?.count ?? 0) + 1;
      if (before && now - before.at < QUIET) {
        before.count = count;
        return;
      }
      told.delete(id); // to the end of the order
      told.set(id, { at: now, count });
      const oldest = told.keys().next();
      if (told.size > REMEMBERED && !oldest.done) told.delete(oldest.value);
      const hash = createHash("sha256").update(id).update(options.instance).digest("hex").slice(0, 16);
      const attempt = write(about, event, `${about.metadata.name}.${hash}`, count)
        .catch((error: unknown) => {
          // 409: this process's forerunner of the same name has told it.
          if (!isStatus(error, 409)) options.onError(error);
        })
        .finally(() => writing.delete(attempt));
      writing.add(attempt);
    },
    async flush() {
      await Promise.allSettled([...writing]);
    },
  };
}
