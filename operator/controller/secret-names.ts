/** The Secrets of people's that a spec names, wherever it does. */

/** Names in `secretRef` and `readSecretRef`, and in `valueFrom.secretKeyRef` of environment variables. */
export function namedSecrets(spec: unknown): string[] {
  const found = new Set<string>();
  collect(spec, found);
  return [...found].sort();
}

const references = /^(secretRef|readSecretRef|secretKeyRef)$/;

function collect(value: unknown, found: Set<string>): void {
  if (typeof value !== "object" || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    const name = references.test(field) ? (inner as { name?: unknown } | null)?.name : undefined;
    if (typeof name === "string" && name !== "") found.add(name);
    collect(inner, found);
  }
}
