import { DELETED_CONTENT } from "../client/wire.ts";
import {
  type History,
  mayHaveHappened,
  tokensIn,
  type View,
  type ViewRow,
  type Violation,
} from "./record.ts";

/** Who must see a conversation to its end: its members but those who were, or may have been, removed. */
export function staying(history: History, conversation: string): string[] {
  const gone = new Set(
    history.removals
      .filter((r) => r.conversation === conversation && mayHaveHappened(r.result))
      .map((r) => r.removed),
  );
  const members = history.conversations.find((c) => c.key === conversation)?.members ?? [];
  return members.filter((id) => !gone.has(id));
}

/** The final views against what was acknowledged, and against each other. */
export function checkViews(history: History): Violation[] {
  const violations: Violation[] = [];
  for (const conversation of history.conversations) {
    if (conversation.ids.size > 1) {
      const what = `${conversation.key} exists ${conversation.ids.size} times: ${[...conversation.ids].join(", ")}`;
      violations.push({ kind: "duplicated", what });
    }
    const who = new Set(staying(history, conversation.key));
    const views = history.views.filter((v) => v.conversation === conversation.key && who.has(v.userId));
    for (const view of views) {
      violations.push(...checkSequence(view), ...checkPresence(history, view), ...checkOrigin(history, view));
    }
    const [first, ...others] = views;
    if (!first) continue;
    for (const other of others) {
      const difference = differenceOf(first, other);
      if (difference)
        violations.push({ kind: "diverged", what: `${name(first)} ≠ ${name(other)}: ${difference}` });
    }
  }
  return violations;
}

function name(view: View): string {
  return `${view.conversation} as ${view.userId} sees it (${view.source})`;
}

function checkSequence(view: View): Violation[] {
  const violations: Violation[] = [];
  const ids = new Set<string>();
  let before = 0;
  for (const row of view.rows) {
    if (ids.has(row.id)) violations.push({ kind: "duplicated", what: `${row.id} twice in ${name(view)}` });
    ids.add(row.id);
    if (row.seq <= before) {
      violations.push({ kind: "reordered", what: `seq ${row.seq} after ${before} in ${name(view)}` });
    } else if (row.seq !== before + 1) {
      violations.push({ kind: "gap", what: `seq ${before} then ${row.seq} in ${name(view)}` });
    }
    before = Math.max(before, row.seq);
  }
  return violations;
}

function checkPresence(history: History, view: View): Violation[] {
  const held = new Map(view.rows.map((row) => [row.id, row]));
  const violations: Violation[] = [];
  for (const send of history.sends) {
    if (send.conversation !== view.conversation || send.result.end !== "ok") continue;
    const { id, seq } = send.result;
    const row = held.get(id);
    if (!row) {
      violations.push({ kind: "lost", what: `${send.token} (${id}, seq ${seq}) is not in ${name(view)}` });
    } else if (row.seq !== seq) {
      violations.push({
        kind: "rewritten",
        what: `${id} was acknowledged as ${seq}, is ${row.seq} in ${name(view)}`,
      });
    }
  }
  return violations;
}

/** Every row is somebody's send, with that person's words, and no send is two rows. */
function checkOrigin(history: History, view: View): Violation[] {
  const violations: Violation[] = [];
  const rowsOfToken = new Map<string, string>();
  for (const row of view.rows) {
    const problem = originProblem(history, view, row);
    if (problem)
      violations.push({ kind: "forged", what: `${problem} in ${name(view)}: ${JSON.stringify(row)}` });
    for (const token of tokensIn(row.content)) {
      const other = rowsOfToken.get(token);
      if (other !== undefined) {
        violations.push({
          kind: "duplicated",
          what: `${token} is both ${other} and ${row.id} in ${name(view)}`,
        });
      }
      rowsOfToken.set(token, row.id);
    }
  }
  return violations;
}

function originProblem(history: History, view: View, row: ViewRow): string | undefined {
  const sends = history.sends.filter(
    (s) => s.conversation === view.conversation && mayHaveHappened(s.result),
  );
  const acknowledged = sends.find((s) => s.result.end === "ok" && s.result.id === row.id);
  const edits = history.edits.filter((e) => e.messageId === row.id && mayHaveHappened(e.result));
  if (row.deleted) {
    if (row.content !== DELETED_CONTENT) return "a deleted message still says something";
    // Of an unacknowledged send nothing is left to tell it by; a deletion needs an acknowledged one.
    const deletion = history.deletes.find((d) => d.messageId === row.id && mayHaveHappened(d.result));
    return deletion ? undefined : "nobody deleted it";
  }
  const send = acknowledged ?? sends.find((s) => s.content === row.content);
  const said = [...(send ? [send] : []), ...edits].find((x) => x.content === row.content);
  if (!said) return "nobody said this";
  if (row.senderId !== (send ?? said).userId) return `this is ${(send ?? said).userId}'s`;
  return undefined;
}

function differenceOf(a: View, b: View): string | undefined {
  if (a.version !== undefined && b.version !== undefined && a.version !== b.version) {
    return `version ${a.version} and ${b.version}`;
  }
  if (a.rows.length !== b.rows.length) return `${a.rows.length} and ${b.rows.length} messages`;
  const at = a.rows.findIndex((row, i) => comparable(row) !== comparable(b.rows[i] as ViewRow));
  return at < 0 ? undefined : `${comparable(a.rows[at] as ViewRow)} and ${comparable(b.rows[at] as ViewRow)}`;
}

function comparable(row: ViewRow): string {
  return JSON.stringify({ ...row, reactions: row.deleted ? [] : row.reactions });
}
