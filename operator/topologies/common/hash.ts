import { createHash } from "node:crypto";

/** A hash of any JSON value: the same whatever the order of its keys, 16 hexadecimal digits unless told. */
export function hashOf(value: unknown, digits = 16): string {
  return createHash("sha256").update(stableJson(value)).digest("hex").slice(0, digits);
}

function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
