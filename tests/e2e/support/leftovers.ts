import { kubectl } from "./program.ts";

/** What every namespace has, or what comes and goes by itself. */
const always = [
  /^ConfigMap kube-root-ca\.crt$/,
  /^ServiceAccount default$/,
  /^Event /,
  /^EndpointSlice /,
  /^Endpoints /,
  /^PodMetrics /,
  /^Pod traffic-/,
];

/**
 * Everything in a namespace of every kind that the API knows, and the cluster-wide objects that carry its name, as
 * "Kind name", sorted; without what every namespace has.
 */
export async function leftovers(namespace: string): Promise<string[]> {
  const kinds = await kubectl(["api-resources", "--verbs=list", "--namespaced", "-o", "name"]);
  const listed = kinds.split("\n").filter((kind) => kind !== "" && !kind.startsWith("events"));
  const columns = ["--no-headers", "-o", "custom-columns=KIND:.kind,NAME:.metadata.name"];
  const within = await kubectl(["-n", namespace, "get", listed.join(","), "--ignore-not-found", ...columns]);
  const wide = await kubectl(["get", "clusterroles,clusterrolebindings", ...columns]);
  const found = [...within.split("\n"), ...wide.split("\n").filter((line) => line.includes(namespace))].map(
    (line) => line.trim().replace(/\s+/, " "),
  );
  return [...new Set(found)]
    .filter((what) => what !== "" && !always.some((known) => known.test(what)))
    .sort();
}
