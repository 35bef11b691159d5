/** Why a controller cannot create pods at all: quota, admission. */
import { type Observed, timeOf } from "./observed.ts";
import { oneLine, type Problem } from "./problem.ts";

interface Workload {
  name: string;
  namespace: string;
  /** From a Deployment's condition ReplicaFailure, which tells it for its ReplicaSets. */
  replicaFailure?: string | undefined;
}

/** The refusal that a Deployment's condition or a FailedCreate event tells of. */
export function creationProblem(observed: Observed, workload: Workload): Problem | undefined {
  const event = observed.events
    .filter(({ reason, involvedName }) => reason === "FailedCreate" && isOf(involvedName, workload.name))
    .sort((a, b) => timeOf(b.at) - timeOf(a.at))[0];
  const refusal = workload.replicaFailure ?? event?.message;
  return refusal === undefined ? undefined : explain(refusal, workload.namespace);
}

/** Events of a Deployment's ReplicaSets have its name and a hash. */
function isOf(involved: string, name: string): boolean {
  return (
    involved === name ||
    (involved.startsWith(`${name}-`) && /^[a-z0-9]{5,10}$/.test(involved.slice(name.length + 1)))
  );
}

/** What a refusal of the API server means and what to do. */
export function explain(refusal: string, namespace: string): Problem {
  const said = oneLine(refusal, 350);
  if (/exceeded quota/.test(refusal))
    return {
      reason: "QuotaExceeded",
      message: `The quota of the namespace is used up: ${said}. Raise it (kubectl -n ${namespace} describe quota), or lower replicas or resources`,
    };
  const hint = /violates PodSecurity/.test(refusal)
    ? "The pods fit the level `restricted`: see which policy adds to it"
    : "Change the policy or limit that refuses, or the spec";
  return { reason: "CreateFailed", message: `Pods cannot be created: ${said}. ${hint}` };
}
