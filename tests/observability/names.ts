/** Names of metrics, in queries and in what a program tells. */

const own = /\b(?:nexus|process|nodejs)_[a-z0-9_]+/g;
const suffix = /_(bucket|sum|count)$/;

/** The metrics that a query asks for; a histogram by its own name. */
export function namesIn(expr: string, histograms: ReadonlySet<string>): string[] {
  // Recorded ones have colons in their names: they are Prometheus' own.
  const names = expr.replace(/nexus:[\w:]+/g, "").match(own) ?? [];
  return names.map((name) => (histograms.has(name.replace(suffix, "")) ? name.replace(suffix, "") : name));
}

/** What a program exports, by kind, from OpenMetrics text or Prometheus' own. */
export function exported(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = "", kind = ""] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
    found.set(kind === "counter" && !name.endsWith("_total") ? `${name}_total` : name, kind);
  return found;
}
