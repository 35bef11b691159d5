/** What the API server has against a write, in the words of a condition: what is wrong and what to do next. */
import type { ChatClusterStatus, Condition, ConditionType } from "../api/chat-cluster.ts";
import type { KubeError } from "../kube/errors.ts";
import { type KubernetesObject, nameOf } from "../kube/object.ts";
import { oneLine } from "../topologies/common/problem.ts";
import { timestampOf } from "../topologies/common/timestamp.ts";

export interface ActProblem {
  /** The condition that it belongs to. */
  type: Exclude<ConditionType, "Ready">;
  reason: "QuotaExceeded" | "NameTaken" | "Refused";
  message: string;
}

const parts: Readonly<Record<string, ActProblem["type"]>> = {
  gateway: "GatewaysReady",
  worker: "WorkersReady",
  redis: "RedisReady",
  postgres: "PostgresReady",
  migrate: "SchemaMigrated",
  backup: "ContinuousArchiving",
  "backup-job": "LastBackup",
};

function partOf(object: KubernetesObject): ActProblem["type"] {
  return parts[object.metadata.labels?.["app.kubernetes.io/component"] ?? ""] ?? "GatewaysReady";
}

export function nameTaken(live: KubernetesObject, owner: string): ActProblem {
  const { namespace, name } = live.metadata;
  return {
    type: partOf(live),
    reason: "NameTaken",
    message:
      `${nameOf(live)} is needed but belongs to ${owner}, and is left alone. Delete or rename it ` +
      `(kubectl -n ${namespace} delete ${live.kind.toLowerCase()} ${name}), or give the ChatCluster another name`,
  };
}

/** The refusal of a write that asked for `object`. */
export function refused(object: KubernetesObject, error: KubeError): ActProblem {
  const said = oneLine(error.message, 400);
  const { namespace } = object.metadata;
  const type = partOf(object);
  if (/exceeded quota/.test(error.message))
    return {
      type,
      reason: "QuotaExceeded",
      message: `${nameOf(object)} cannot be written: ${said}. Raise the quota (kubectl -n ${namespace} describe quota), or lower replicas or resources`,
    };
  return {
    type,
    reason: "Refused",
    message: `${nameOf(object)} cannot be written: ${said}. ${adviceOn(object, error)}`,
  };
}

function adviceOn(object: KubernetesObject, error: KubeError): string {
  const { namespace, name } = object.metadata;
  if (/cannot \w+ resource/.test(error.message))
    return "The operator lacks a permission: install its chart or manifests of this version again";
  if (/must support resize/.test(error.message))
    return "If its driver can do it, set allowVolumeExpansion on the StorageClass; else make a new ChatCluster and move the data by dump and restore";
  if (/being terminated/.test(error.message)) return "The namespace is being deleted";
  if (/admission webhook|denied the request|calling webhook|ValidatingAdmissionPolicy/.test(error.message))
    return "A policy of this Kubernetes cluster refuses it: change the policy, or the spec";
  if (/immutable|may not change|updates to \w+ spec/i.test(error.message))
    return `That cannot be changed in place: delete it (kubectl -n ${namespace} delete ${object.kind.toLowerCase()} ${name}), and it is made anew`;
  if (error.status === 422 || error.status === 400) return "Correct what the spec says about it";
  return "It is tried again";
}

/** The status with the problems in the conditions that they belong to, and in Ready. */
export function withProblems(
  status: ChatClusterStatus,
  problems: readonly ActProblem[],
  before: readonly Condition[],
  now: Date,
): ChatClusterStatus {
  if (problems.length === 0) return status;
  const failed = new Map<ConditionType, { reason: string; message: string }>();
  for (const { type, reason, message } of problems)
    if (!failed.has(type)) failed.set(type, { reason, message });
  const [first] = problems;
  const ready = status.conditions.find(({ type }) => type === "Ready");
  // Another problem that is known already comes first, since it may be the cause.
  if (first && (ready?.status !== "False" || ready.reason === "Progressing"))
    failed.set("Ready", { reason: "NotReady", message: `${first.type}: ${first.message}` });
  const conditions = status.conditions.map((condition): Condition => {
    const failure = failed.get(condition.type);
    if (!failure) return condition;
    const old = before.find(({ type }) => type === condition.type);
    const lastTransitionTime = old?.status === "False" ? old.lastTransitionTime : timestampOf(now);
    return { ...condition, ...failure, status: "False", lastTransitionTime };
  });
  return { ...status, phase: "Degraded", conditions };
}
