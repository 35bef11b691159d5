/** From the health of the parts to the conditions of the status. */
import type { Condition, ConditionType } from "../api/chat-cluster.ts";
import { type Health, healthy, unhealthy, waiting } from "../topologies/common/problem.ts";
import { timestampOf } from "../topologies/common/timestamp.ts";

export type Part = Exclude<ConditionType, "Ready">;
export type Healths = Readonly<Record<Part, Health>>;

/** What others wait for comes first: the first problem is where to begin. Push is no part of being ready. */
const order = ["PostgresReady", "RedisReady", "SchemaMigrated", "GatewaysReady", "WorkersReady"] as const;

/**
 * The summary: the first thing that is wrong, else the first that is on its way, else where the chat is.
 * @param gap something asked for that this cluster cannot do.
 */
export function readyHealth(healths: Healths, there: string, gap: string | undefined): Health {
  const troubled = order.filter((part) => healths[part].status !== "True");
  const wrong = troubled.find((part) => !healths[part].progress);
  if (wrong) return unhealthy({ reason: "NotReady", message: `${wrong}: ${healths[wrong].message}` });
  if (gap) return unhealthy({ reason: "NotReady", message: gap });
  const [first] = troubled;
  if (first) return waiting("Progressing", `${first}: ${healths[first].message}`);
  return healthy("AllReady", there);
}

/** Conditions in their order; the time of transition is kept while the status stays. */
export function conditionsOf(
  healths: Readonly<Record<ConditionType, Health>>,
  types: readonly ConditionType[],
  before: { conditions: readonly Condition[]; generation: number; now: Date },
): Condition[] {
  const now = timestampOf(before.now);
  return types.map((type) => {
    const { status, reason, message } = healths[type];
    const old = before.conditions.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, reason, message, lastTransitionTime, observedGeneration: before.generation };
  });
}
