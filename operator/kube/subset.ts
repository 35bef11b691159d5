/** Compares what is wanted with what is there. The API server adds defaults, so the live object always has more. */

/**
 * Whether `live` has every field of `wanted` with the same value. Lists must agree in length and order; fields that
 * only `live` has count for nothing.
 */
export function covers(wanted: unknown, live: unknown): boolean {
  if (isList(wanted))
    return isList(live) && live.length === wanted.length && wanted.every((item, i) => covers(item, live[i]));
  if (isRecord(wanted))
    return (
      isRecord(live) &&
      Object.entries(wanted).every(([name, value]) => value === undefined || covers(value, own(live, name)))
    );
  return wanted === live || (wanted === null && live === undefined);
}

/**
 * Of `live` only what `wanted` speaks of: how the server understood it. It rewrites some values ("1000m" to "1", an
 * empty list to none); comparing with this afterwards tells such rewriting from somebody's change.
 */
export function projected(wanted: unknown, live: unknown): unknown {
  if (isList(wanted) && isList(live) && live.length === wanted.length)
    return wanted.map((item, i) => projected(item, live[i]));
  if (isRecord(wanted) && isRecord(live))
    return Object.fromEntries(
      Object.entries(wanted)
        .filter(([, value]) => value !== undefined)
        .map(([name, value]) => [name, projected(value, own(live, name))]),
    );
  return live;
}

/** Whether two JSON values are the same; an absent field and one that is undefined are. */
export function same(a: unknown, b: unknown): boolean {
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (isRecord(a) && isRecord(b)) {
    const names = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...names].every((name) => same(own(a, name), own(b, name)));
  }
  return a === b;
}

function own(record: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

function isList(value: unknown): value is unknown[] {
  return Array.isArray(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
