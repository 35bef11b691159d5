/** The operator at work, for as long as it leads: watches, queue, and what each look at a chat cluster comes to. */

import type { Logger } from "../../src/telemetry/logger.ts";
import type { ChatClusterStatus } from "../api/chat-cluster.ts";
import { createWriter } from "../kube/apply.ts";
import type { KubeClient } from "../kube/client.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { Term } from "../kube/lease.ts";
import { createQueue } from "../kube/queue.ts";
import type { OperatorContext } from "../plan/plan.ts";
import { createActor } from "./act.ts";
import { askFirebase } from "./ask-firebase.ts";
import { createCanaryLooks } from "./canary-looks.ts";
import { createPushChecks } from "./push-checks.ts";
import { reconcile } from "./reconcile.ts";
import { createView } from "./view.ts";
import { createWarnings } from "./warnings.ts";
import { clusterKey, startWatches } from "./watches.ts";

/** What a controller tells those who count. */
export interface ControllerTold {
  reconciled(result: "ok" | "problem" | "error", seconds: number): void;
  /** From the first sight of a spec to Ready. */
  converged(seconds: number): void;
  watchFailed(resource: string, error: unknown): void;
  relisted(resource: string): void;
  /** What a chat cluster's status says now; undefined when it has gone. */
  status(namespace: string, cluster: string, status: ChatClusterStatus | undefined): void;
}

export interface ControllerOptions {
  client: KubeClient;
  /** Empty: all. */
  namespace: string;
  context: () => OperatorContext;
  recorder: EventRecorder;
  log: Logger;
  told: ControllerTold;
}

export interface Controller {
  isSynced(): boolean;
  depth(): number;
  /** What has not moved for longer than it may, if anything. */
  stuck(): string | undefined;
  /** Resolves when all has stopped. */
  done: Promise<void>;
}

/** ms that one look may take: each call in it has its own, shorter end. */
const LONGEST_RUN = 300_000;
const INTERRUPTED = Number.POSITIVE_INFINITY;

/** Works until the term ends. Nothing is written after that. */
export function startController(options: ControllerOptions, term: Term): Controller {
  const { client, log, told, recorder, context } = options;
  const watches = startWatches({
    client,
    namespace: options.namespace,
    onChange: (cluster) => queue.add(cluster),
    onSeen: (object) => view.seen(object),
    onError: told.watchFailed,
    onList: told.relisted,
  });
  const view = createView(watches.reflectors);
  const writer = createWriter(client, term.signal, term.assure);
  const actor = createActor(writer, view, (what, object) => log.info({ object }, what));
  const warnings = createWarnings(client, term.signal);
  const pushChecks = createPushChecks({ ask: askFirebase, onVerdict: (cluster) => queue.add(cluster) });
  const canaryLooks = createCanaryLooks((cluster) => queue.add(cluster));
  const parts = { watches, view, actor, writer, warnings, pushChecks, canaryLooks, recorder, context };
  const firstSeen = new Map<string, { generation: number; at: number; done: boolean }>();
  let synced = false;

  const queue = createQueue({
    async work(key) {
      // Before everything is known, what is merely unknown would look as if it were gone.
      if (!synced) return undefined;
      const began = performance.now();
      try {
        const { again, problems, ready, status } = await reconcile(parts, key);
        const [namespace = "", name = ""] = key.split("/");
        told.status(namespace, name, status);
        if (ready) noteProgress(key, ready);
        else firstSeen.delete(key);
        told.reconciled(problems.length === 0 ? "ok" : "problem", (performance.now() - began) / 1000);
        if (problems.length > 0) throw new Unfinished(problems.map(({ message }) => message).join("; "));
        return again === INTERRUPTED ? undefined : again;
      } catch (error) {
        if (!(error instanceof Unfinished) && !term.signal.aborted)
          told.reconciled("error", (performance.now() - began) / 1000);
        throw error;
      }
    },
    onError(cluster, error, retryIn) {
      const known = error instanceof Unfinished;
      log.warn(
        { cluster, retryIn: Math.round(retryIn), ...(known ? { reason: error.message } : { err: error }) },
        "not as it should be yet: trying again",
      );
    },
  });

  function noteProgress(key: string, { generation, ready }: { generation: number; ready: boolean }): void {
    let seen = firstSeen.get(key);
    if (seen?.generation !== generation) {
      seen = { generation, at: performance.now(), done: false };
      firstSeen.set(key, seen);
    }
    if (!ready || seen.done) return;
    seen.done = true;
    told.converged((performance.now() - seen.at) / 1000);
  }

  async function run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      if (term.signal.aborted) resolve();
      term.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    await Promise.race([watches.synced, ended]);
    if (!term.signal.aborted) {
      synced = true;
      log.info({ clusters: watches.clusters.store.size, apis: [...watches.apis()] }, "watching");
      for (const { metadata } of watches.clusters.store.values())
        queue.add(clusterKey(metadata.namespace, metadata.name));
    }
    await ended;
    await Promise.all([queue.stop(), watches.stop(), pushChecks.stop(), canaryLooks.stop()]);
  }

  return {
    isSynced: () => synced,
    depth: () => queue.depth(),
    stuck() {
      if (queue.longestRun() > LONGEST_RUN) return "a reconciliation does not end";
      const reflectors = watches.reflectors();
      return reflectors.every((reflector) => reflector.isStuck()) ? "no watch moves" : undefined;
    },
    done: run(),
  };
}

/** All was done that could be; what could not is in the status. */
class Unfinished extends Error {
  override readonly name = "Unfinished";
}
