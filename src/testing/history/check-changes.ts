import { staying } from "./check-views.ts";
import {
  type End,
  type History,
  isUncertain,
  mayHaveHappened,
  type ViewRow,
  type Violation,
} from "./record.ts";

type Versioned = { readonly result: End<{ readonly version: number }> };

/**
 * Acknowledged edits, deletions, reactions and reads are in every final view. An attempt whose answer was lost may
 * take effect at any time, even after later ones: what it wanted is then allowed as well.
 */
export function checkChanges(history: History): Violation[] {
  const violations: Violation[] = [];
  for (const conversation of history.conversations) {
    const who = new Set(staying(history, conversation.key));
    for (const view of history.views) {
      if (view.conversation !== conversation.key || !who.has(view.userId)) continue;
      const where = `${view.conversation} as ${view.userId} sees it (${view.source})`;
      for (const row of view.rows) {
        const problem =
          checkDeletion(history, row) ?? checkContent(history, row) ?? checkReactions(history, row);
        if (problem) violations.push({ kind: "change lost", what: `${row.id}: ${problem} in ${where}` });
      }
      if (view.read) violations.push(...checkReads(history, conversation.key, view.read, where));
    }
  }
  return violations;
}

function checkDeletion(history: History, row: ViewRow): string | undefined {
  const acknowledged = history.deletes.some((d) => d.messageId === row.id && d.result.end === "ok");
  return acknowledged && !row.deleted ? "its deletion was acknowledged, it is still there" : undefined;
}

function checkContent(history: History, row: ViewRow): string | undefined {
  if (row.deleted) return undefined;
  const edits = history.edits.filter((e) => e.messageId === row.id);
  const last = lastAcknowledged(edits);
  if (!last || row.content === last.content) return undefined;
  if (edits.some((e) => isUncertain(e.result) && mayHaveHappened(e.result) && e.content === row.content)) {
    return undefined;
  }
  return `the edit ${JSON.stringify(last.content)} was acknowledged, it says ${JSON.stringify(row.content)}`;
}

function checkReactions(history: History, row: ViewRow): string | undefined {
  if (row.deleted) return undefined;
  const operations = history.reactions.filter((r) => r.messageId === row.id);
  const asked = new Map(operations.map((r) => [`${r.emoji} ${r.userId}`, r]));
  for (const shown of row.reactions) if (!asked.has(shown)) return `nobody reacted with ${shown}`;
  for (const key of asked.keys()) {
    const own = operations.filter((r) => `${r.emoji} ${r.userId}` === key && mayHaveHappened(r.result));
    const possible = new Set(own.filter((r) => isUncertain(r.result)).map((r) => r.present));
    possible.add(lastAcknowledged(own)?.present ?? false);
    if (!possible.has(row.reactions.includes(key))) {
      return `the reaction ${key} should be ${[...possible].join(" or ") === "true" ? "there" : "gone"}`;
    }
  }
  return undefined;
}

/** Changes are ordered by the version that their acknowledgement names. */
function lastAcknowledged<T extends Versioned>(changes: readonly T[]): T | undefined {
  let last: { change: T; version: number } | undefined;
  for (const change of changes) {
    if (change.result.end !== "ok") continue;
    if (!last || change.result.version > last.version) last = { change, version: change.result.version };
  }
  return last?.change;
}

function checkReads(
  history: History,
  conversation: string,
  read: ReadonlyMap<string, number>,
  where: string,
): Violation[] {
  const violations: Violation[] = [];
  for (const record of history.reads) {
    if (record.conversation !== conversation || record.result.end !== "ok") continue;
    const reached = read.get(record.userId);
    if (reached !== undefined && reached < record.seq) {
      const what = `${record.userId} had read up to ${record.seq}, the receipt says ${reached} in ${where}`;
      violations.push({ kind: "change lost", what });
    }
  }
  return violations;
}
