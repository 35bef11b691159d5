/** Sets of sequence numbers as ranges: disjoint, not adjacent, ascending. Pure. */
import type { Range } from "./chat-state.ts";

export function withSeq(ranges: readonly Range[], seq: number): readonly Range[] {
  const last = ranges.at(-1);
  // As a rule it is the next one.
  if (last && seq === last[1] + 1) return [...ranges.slice(0, -1), [last[0], seq]];
  if (rangeAt(ranges, seq)) return ranges;
  const before = ranges.filter(([, to]) => to < seq - 1);
  const after = ranges.filter(([from]) => from > seq + 1);
  const touching = ranges.filter(([from, to]) => to >= seq - 1 && from <= seq + 1);
  const from = Math.min(seq, ...touching.map((range) => range[0]));
  const to = Math.max(seq, ...touching.map((range) => range[1]));
  return [...before, [from, to], ...after];
}

export function rangeAt(ranges: readonly Range[], seq: number): Range | undefined {
  return ranges.findLast(([from, to]) => from <= seq && seq <= to);
}

/** Whether everything in from…to is in the set; so is nothing at all. */
export function holds(ranges: readonly Range[], from: number, to: number): boolean {
  if (from > to) return true;
  const range = rangeAt(ranges, from);
  return range !== undefined && range[1] >= to;
}
