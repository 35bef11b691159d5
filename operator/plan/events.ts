/** Events tell of what changed, once: not of what is so. */
import type { Condition, ConditionType } from "../api/chat-cluster.ts";
import type { Health } from "../topologies/common/problem.ts";

export interface PlannedEvent {
  type: "Normal" | "Warning";
  reason: string;
  message: string;
}

/** On the way there, only these are news. */
const newsworthy = new Set(["Migrating", "RollingOut"]);

/** One event for each part whose status or reason changed, and one when everything is ready. */
export function transitionEvents(
  healths: Readonly<Record<ConditionType, Health>>,
  conditions: readonly Condition[],
  before: readonly Condition[],
): PlannedEvent[] {
  return conditions.flatMap(({ type, status, reason, message }): PlannedEvent[] => {
    const old = before.find((condition) => condition.type === type);
    if (old?.status === status && old.reason === reason) return [];
    if (type === "Ready") return status === "True" ? [{ type: "Normal", reason, message }] : [];
    if (status === "True") return [{ type: "Normal", reason: `${type}`, message }];
    if (!healths[type].progress) return [{ type: "Warning", reason, message: `${type}: ${message}` }];
    return newsworthy.has(reason) ? [{ type: "Normal", reason, message }] : [];
  });
}
