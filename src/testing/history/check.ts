import { checkChanges } from "./check-changes.ts";
import { checkLeaks } from "./check-leaks.ts";
import { checkOrder } from "./check-order.ts";
import { checkViews } from "./check-views.ts";
import type { History, Violation } from "./record.ts";

/**
 * Judges a finished history by the guarantees of shared/contract.md. Pure. An empty answer means: every acknowledged
 * message is in every participant's final view exactly once, in `seq` order without gaps, with its acknowledged
 * edits, deletions and reactions; all views are the same; and nobody else ever saw any of it.
 */
export function check(history: History): Violation[] {
  return [
    ...checkViews(history), // lost, duplicated, gap, forged, diverged
    ...checkChanges(history), // change lost
    ...checkOrder(history), // reordered, rewritten, went back, duplicated
    ...checkLeaks(history), // leak
  ];
}
