/**
 * One look at one chat cluster: observe, plan, act, tell. It holds nothing between two looks that it could not find
 * again in the cluster, so it may be killed at any instant and begun anew.
 */
import { type ChatCluster, type ChatClusterStatus, parseChatCluster } from "../api/chat-cluster.ts";
import type { Writer } from "../kube/apply.ts";
import { KubeError } from "../kube/errors.ts";
import type { EventRecorder } from "../kube/events.ts";
import type { KubernetesObject } from "../kube/object.ts";
import { same } from "../kube/subset.ts";
import { type Observed, type OperatorContext, type Plan, plan } from "../plan/plan.ts";
import { canaryWanted, workerMetrics } from "../topologies/canary/desired.ts";
import { OWNER_LABEL } from "../topologies/common/labels.ts";
import { namesOf } from "../topologies/common/names.ts";
import { timestampOf } from "../topologies/common/timestamp.ts";
import { pushAccount } from "../topologies/push/account.ts";
import type { Actor } from "./act.ts";
import type { CanaryLooks } from "./canary-looks.ts";
import { chatCluster } from "./kinds.ts";
import { type ActProblem, withProblems } from "./problems.ts";
import type { PushChecks } from "./push-checks.ts";
import { namedSecrets } from "./secret-names.ts";
import type { View } from "./view.ts";
import type { Warnings } from "./warnings.ts";
import type { Watches } from "./watches.ts";

export interface ReconcileParts {
  watches: Watches;
  view: View;
  actor: Actor;
  writer: Writer;
  warnings: Warnings;
  pushChecks: PushChecks;
  canaryLooks: CanaryLooks;
  recorder: EventRecorder;
  context: () => OperatorContext;
}

export interface Outcome {
  /** ms after which to look again. */
  again: number;
  /** What stands against it; it is in the status. */
  problems: readonly ActProblem[];
  /** What the chat cluster's status says now; undefined when it has gone. */
  status?: ChatClusterStatus;
  /** Whether all is ready, and for which generation of the spec. */
  ready?: { generation: number; ready: boolean };
}

const RESYNC = 600_000;
/** ms after which events are read again while something is wrong: nothing else would tell of a new one. */
const UNWELL = 15_000;
const LEAVING = 1000;
const SECRETS_WITHIN = 10_000;

/** Looks at the chat cluster `key` (`namespace/name`). @throws KubeError when the API server was no help. */
export async function reconcile(parts: ReconcileParts, key: string): Promise<Outcome> {
  const { watches, view, actor, warnings, recorder } = parts;
  const [namespace = "", name = ""] = key.split("/");
  const live = view.get({ ...chatCluster, metadata: { namespace, name } });
  if (live === undefined || live.metadata.deletionTimestamp !== undefined) {
    // What it owned goes with it by itself.
    await watches.needSecrets(key, []);
    warnings.forget(namespace, name);
    parts.pushChecks.verdict(key, undefined);
    parts.canaryLooks.word(key, undefined);
    return { again: Number.POSITIVE_INFINITY, problems: [] };
  }
  const parsed = parse(live);
  if (parsed.error !== undefined) return invalid(parts, live, parsed.error);
  const { cluster } = parsed;

  const observed = await observe(parts, key, cluster);
  const context = parts.context();
  let planned = plan(cluster, observed, context);
  if (!isReady(planned.status)) {
    const events = await warnings.of(namespace, name);
    if (events.length > 0) planned = plan(cluster, { ...observed, events }, context);
  }

  const { problems, leaving } = await act(actor, live, planned);
  const before = cluster.status?.conditions ?? [];
  const status = withProblems(planned.status, problems, before, context.now);
  await tellStatus(parts, live, status);
  if (problems.length === 0) for (const event of planned.events) recorder.tell(live, event);
  for (const { type, reason, message } of problems)
    if (before.find((condition) => condition.type === type)?.reason !== reason)
      recorder.tell(live, { type: "Warning", reason, message: `${type}: ${message}` });

  const ready = isReady(status);
  return {
    again: Math.min(
      planned.requeueAfter ?? Number.POSITIVE_INFINITY,
      RESYNC * (0.9 + Math.random() / 5),
      ready ? Number.POSITIVE_INFINITY : UNWELL,
      leaving || planned.createOnce.length > 0 ? LEAVING : Number.POSITIVE_INFINITY,
    ),
    problems,
    status,
    ready: { generation: cluster.metadata.generation, ready },
  };
}

async function observe(parts: ReconcileParts, key: string, cluster: ChatCluster): Promise<Observed> {
  const { watches, view } = parts;
  const { namespace, name } = cluster.metadata;
  const owned = view.filter(
    ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[OWNER_LABEL] === name,
  );
  const labelled = new Map(
    owned.filter(({ kind }) => kind === "Secret").map((one) => [one.metadata.name, one]),
  );
  const { auth, postgres, postgresHa, redis } = namesOf(name);
  const generated = [auth, postgres, postgresHa, redis];
  const others = [...namedSecrets(cluster.spec), ...generated].filter((one) => !labelled.has(one));
  await within(
    SECRETS_WITHIN,
    watches.needSecrets(key, others),
    `the Secrets ${others.join(", ")} cannot be read`,
  );
  const secrets = new Map(labelled);
  for (const one of others) {
    const found = watches.secretOf(namespace, one);
    if (found) secrets.set(one, found);
  }
  const observed = { owned, secrets, events: [], apis: watches.apis() } as unknown as Observed;
  const push = parts.pushChecks.verdict(key, pushAccount({ spec: cluster.spec, observed }).account);
  const addresses = canaryWanted(cluster.spec) ? workerMetrics(observed, name) : undefined;
  const canary = parts.canaryLooks.word(key, addresses);
  return { ...observed, ...(push && { push }), ...(canary && { canary }) };
}

async function act(
  actor: Actor,
  live: KubernetesObject,
  planned: Plan,
): Promise<{ problems: ActProblem[]; leaving: boolean }> {
  const problems: ActProblem[] = [];
  let leaving = false;
  for (const secret of planned.createOnce as unknown as KubernetesObject[]) {
    const problem = await actor.createOnce(secret);
    if (problem) problems.push(problem);
  }
  const wanted = planned.apply as unknown as KubernetesObject[];
  for (const object of wanted) {
    const outcome = await actor.apply(live, object);
    if (outcome === "waiting") leaving = true;
    else if (outcome) problems.push(outcome);
  }
  if (problems.length === 0 && !leaving)
    for (const pod of planned.restart as unknown as KubernetesObject[]) {
      const problem = await actor.restart(pod);
      if (problem) problems.push(problem);
    }
  // What takes the place of something must be there before that goes.
  if (planned.prune && problems.length === 0 && !leaving) problems.push(...(await actor.prune(live, wanted)));
  return { problems, leaving };
}

function parse(live: KubernetesObject): { cluster: ChatCluster; error?: never } | { error: string } {
  try {
    return { cluster: parseChatCluster(live) };
  } catch (error) {
    const issues = (error as { issues?: { path: PropertyKey[]; message: string }[] }).issues;
    if (!issues) throw error;
    return { error: issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ") };
  }
}

/** The definition in the cluster lets through what this operator cannot read: it is of another version. */
async function invalid(parts: ReconcileParts, live: KubernetesObject, why: string): Promise<Outcome> {
  const before = (live.status ?? {}) as Partial<ChatClusterStatus>;
  const old = before.conditions?.find(({ type }) => type === "Ready");
  const now = timestampOf(parts.context().now);
  const message = `The spec cannot be read, nothing was changed: ${why}. Correct it (kubectl -n ${live.metadata.namespace} edit chat ${live.metadata.name})`;
  const generation = live.metadata.generation ?? 0;
  const ready = {
    type: "Ready" as const,
    status: "False" as const,
    reason: "InvalidSpec",
    message,
    lastTransitionTime: old?.status === "False" ? old.lastTransitionTime : now,
    observedGeneration: generation,
  };
  const conditions = [ready, ...(before.conditions ?? []).filter(({ type }) => type !== "Ready")];
  await tellStatus(parts, live, { ...before, phase: "Degraded", observedGeneration: generation, conditions });
  if (old?.reason !== ready.reason)
    parts.recorder.tell(live, { type: "Warning", reason: "InvalidSpec", message });
  return { again: RESYNC, problems: [], ready: { generation, ready: false } };
}

async function tellStatus(
  { writer, view }: ReconcileParts,
  live: KubernetesObject,
  status: ChatClusterStatus,
): Promise<void> {
  const wanted: unknown = JSON.parse(JSON.stringify(status)); // undefined fields are none
  if (same(live.status, wanted)) return;
  const { name, namespace } = live.metadata;
  const become = view.writing(live);
  become(
    await writer.applyStatus({
      ...chatCluster,
      metadata: { name, ...(namespace && { namespace }) },
      status: wanted,
    }),
  );
}

function isReady(status: ChatClusterStatus): boolean {
  return status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new KubeError(0, "Unreachable", `${what} within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
