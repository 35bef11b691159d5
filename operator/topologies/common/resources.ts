import type { V1ResourceRequirements } from "@kubernetes/client-node";
import { amountOf, canonicalQuantity, compareQuantities } from "./quantity.ts";

type Amounts = { [name: string]: string | undefined };

/** What a person may say about resources; each amount that is left out has the component's default. */
export interface ResourcesSpec {
  requests?: Amounts | undefined;
  limits?: Amounts | undefined;
}

/** Sizes that fit a component; all four are always there, so that every pod has requests and limits. */
export interface DefaultResources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

/**
 * The person's amounts over the defaults. A default gives way where the two would contradict each other: a request is
 * lowered to a person's limit, a limit raised to a person's request.
 */
export function resourcesOf(
  spec: ResourcesSpec | undefined,
  defaults: DefaultResources,
): Required<Pick<V1ResourceRequirements, "requests" | "limits">> {
  const requests: Record<string, string> = {};
  const limits: Record<string, string> = {};
  const names = new Set(["cpu", "memory", ...Object.keys({ ...spec?.requests, ...spec?.limits })]);
  for (const name of names) {
    const fallback = name === "cpu" || name === "memory" ? name : undefined;
    const request = spec?.requests?.[name] ?? (fallback && defaults.requests[fallback]);
    const limit = spec?.limits?.[name] ?? (fallback && defaults.limits[fallback]);
    const contradict = request !== undefined && limit !== undefined && compareQuantities(request, limit) > 0;
    const lowered = contradict && spec?.requests?.[name] === undefined ? limit : request;
    const raised = contradict && spec?.limits?.[name] === undefined ? request : limit;
    if (lowered !== undefined) requests[name] = canonicalQuantity(lowered);
    if (raised !== undefined) limits[name] = canonicalQuantity(raised);
  }
  return { requests, limits };
}

/** The memory limit in MiB. */
export function memoryLimitMiB(resources: { limits: { [name: string]: string } }): number {
  return Math.floor(amountOf(resources.limits.memory ?? "0") / 2 ** 20);
}
