import { type History, tokensIn, type Violation } from "./record.ts";

type Secret = { readonly conversation: string; readonly begunAt: number };

/** When that was first asked for which a wordless event tells of; undefined for other events. */
function begunAtOf(history: History, event: string, payload: unknown): number | undefined {
  const told = payload as { id: string; messageId: string; userId: string; emoji: string; seq: number };
  const first = (asked: readonly { readonly begunAt: number }[]) =>
    asked.length === 0 ? undefined : Math.min(...asked.map((operation) => operation.begunAt));
  switch (event) {
    case "MESSAGE_DELETED":
      return first(history.deletes.filter((d) => d.messageId === told.id));
    case "REACTION_ADDED":
    case "REACTION_REMOVED": {
      const present = event === "REACTION_ADDED";
      return first(
        history.reactions.filter(
          (r) =>
            r.messageId === told.messageId &&
            r.userId === told.userId &&
            r.emoji === told.emoji &&
            r.present === present,
        ),
      );
    }
    case "MESSAGE_READ_UPDATE":
      return first(history.reads.filter((r) => r.userId === told.userId && r.seq === told.seq));
    default:
      return undefined;
  }
}

/**
 * Nobody ever received a word, or the name, of a conversation they are not in; nor one that was only begun to be said
 * after their removal was acknowledged. Everything received is searched, whatever it was meant to be.
 */
export function checkLeaks(history: History): Violation[] {
  const secrets = new Map<string, Secret>();
  for (const said of [...history.sends, ...history.edits]) {
    // Repeats of one send carry the same token: what counts is when it was first on its way.
    const before = secrets.get(said.token)?.begunAt ?? Number.POSITIVE_INFINITY;
    secrets.set(said.token, { conversation: said.conversation, begunAt: Math.min(before, said.begunAt) });
  }
  const members = new Map(history.conversations.map((c) => [c.key, new Set(c.members)]));
  const keyOf = new Map(history.conversations.flatMap((c) => [...c.ids].map((id) => [id, c.key] as const)));
  const removedAt = new Map<string, number>();
  for (const { conversation, removed, result, endedAt } of history.removals) {
    if (result.end === "ok") removedAt.set(`${conversation} ${removed}`, endedAt);
  }

  const violations: Violation[] = [];
  for (const { userId, device, event, payload } of history.received) {
    const text = JSON.stringify(payload) ?? "";
    for (const token of tokensIn(text)) {
      const problem = problemWith(secrets.get(token), userId);
      if (problem)
        violations.push({ kind: "leak", what: `${userId} (${device}) got ${token} by ${event}: ${problem}` });
    }
    const { conversationId } = (payload ?? {}) as { conversationId?: string };
    const removal = removedAt.get(`${keyOf.get(conversationId ?? "")} ${userId}`);
    const begunAt = removal === undefined ? undefined : begunAtOf(history, event, payload);
    if (removal !== undefined && begunAt !== undefined && begunAt > removal) {
      violations.push({ kind: "leak", what: `${userId} (${device}), removed, got ${event}: ${text}` });
    }
    for (const [id, key] of keyOf) {
      if (!members.get(key)?.has(userId) && text.includes(id)) {
        violations.push({ kind: "leak", what: `${userId} (${device}) heard of ${key} by ${event}` });
      }
    }
  }
  for (const { userId, source, conversation, rows } of history.views) {
    const removed = removedAt.has(`${conversation} ${userId}`);
    // What a device of theirs keeps of former times is its own affair; what the server hands out is not.
    const handedOut = source === "fresh" || source === "history";
    if (!members.get(conversation)?.has(userId)) {
      violations.push({ kind: "leak", what: `${userId} sees ${conversation} (${source})` });
    } else if (removed && handedOut && rows.length > 0) {
      violations.push({ kind: "leak", what: `${userId}, removed, still sees ${conversation} (${source})` });
    }
  }
  return violations;

  function problemWith(secret: Secret | undefined, userId: string): string | undefined {
    if (!secret) return "nobody in this schedule said it";
    if (!members.get(secret.conversation)?.has(userId)) return `not a member of ${secret.conversation}`;
    const removal = removedAt.get(`${secret.conversation} ${userId}`);
    if (removal === undefined || secret.begunAt <= removal) return undefined;
    return `said ${Math.round(secret.begunAt - removal)} ms after the removal was acknowledged`;
  }
}
