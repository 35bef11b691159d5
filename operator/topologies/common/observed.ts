/** What the operator sees, and how to look things up in it. All of it is JSON as the API server sent it. */
import type { KubernetesObject, V1Secret } from "@kubernetes/client-node";
import type { AccountVerdict } from "../../../src/push/check-account.ts";

/** A Warning event about an owned object. */
export interface ObservedEvent {
  involvedName: string;
  reason: string;
  message: string;
  /** When it was last seen, as RFC 3339. */
  at: string;
}

/** A snapshot of everything that a plan is made from. */
export interface Observed {
  /** Everything with the owner label, of all watched kinds; pods and PVCs as well. */
  owned: readonly KubernetesObject[];
  /** Those that the spec refers to and the generated ones, by name; absent: not there. */
  secrets: ReadonlyMap<string, V1Secret>;
  events: readonly ObservedEvent[];
  /** What Firebase said of the account of spec.push; absent: not asked yet. */
  push?: AccountVerdict;
  /** What the workers' canary sees; absent: not known yet, or there is none. */
  canary?: "arrive" | "fail" | "unreadable";
  /** Optional kinds that this cluster has, as "monitoring.coreos.com/v1/PodMonitor". */
  apis: ReadonlySet<string>;
}

/** The owned object of that kind and name, if it is there. */
export function findOwned<T extends KubernetesObject>(
  observed: Observed,
  kind: string,
  name: string,
): T | undefined {
  return observed.owned.find((object) => object.kind === kind && object.metadata?.name === name) as
    | T
    | undefined;
}

/** The owned objects of that kind whose labels include `labels`. */
export function findLabelled<T extends KubernetesObject>(
  observed: Observed,
  kind: string,
  labels: Readonly<Record<string, string>>,
): T[] {
  return observed.owned.filter(
    (object) =>
      object.kind === kind &&
      Object.entries(labels).every(([key, value]) => object.metadata?.labels?.[key] === value),
  ) as T[];
}

/** Milliseconds since 1970. The client's types say Date where JSON has text; absent or wrong: NaN. */
export function timeOf(value: Date | string | undefined): number {
  return value === undefined ? Number.NaN : new Date(value).getTime();
}
