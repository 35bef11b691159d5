import type { History, Received, Violation } from "./record.ts";
import { isUncertain, tokensIn } from "./record.ts";

/** Order in real time, and that nothing once told is told otherwise later. */
export function checkOrder(history: History): Violation[] {
  return [
    ...checkRealTime(history),
    ...checkRepeats(history),
    ...checkTold(history),
    ...checkLiveOnce(history),
    ...checkMonotone(history),
  ];
}

/** What was acknowledged before something else was begun comes before it, in `seq` and in `version`. */
function checkRealTime(history: History): Violation[] {
  const violations: Violation[] = [];
  for (const conversation of history.conversations) {
    const sends = history.sends.flatMap((s) =>
      s.conversation === conversation.key &&
      s.result.end === "ok" &&
      !s.result.duplicate &&
      s.result.maybe === 0
        ? [
            {
              token: s.token,
              begunAt: s.begunAt,
              endedAt: s.endedAt,
              seq: s.result.seq,
              version: s.result.version,
            },
          ]
        : [],
    );
    const ended = sends.toSorted((a, b) => a.endedAt - b.endedAt);
    let next = 0;
    let latest: (typeof sends)[number] | undefined;
    for (const send of sends.toSorted((a, b) => a.begunAt - b.begunAt)) {
      for (let e = ended[next]; e && e.endedAt < send.begunAt; e = ended[++next]) {
        if (!latest || e.seq > latest.seq) latest = e;
      }
      if (latest && (latest.seq >= send.seq || latest.version >= send.version)) {
        const what = `${latest.token} (seq ${latest.seq}) was acknowledged before ${send.token} (seq ${send.seq})`;
        violations.push({ kind: "reordered", what: `${what} was begun, in ${conversation.key}` });
      }
    }
  }
  return violations;
}

/** One (sender, tempId) is one message. */
function checkRepeats(history: History): Violation[] {
  const violations: Violation[] = [];
  const idOf = new Map<string, string>();
  for (const send of history.sends) {
    if (send.result.end !== "ok") continue;
    const key = `${send.userId} ${send.tempId}`;
    const id = idOf.get(key) ?? send.result.id;
    if (id !== send.result.id) {
      violations.push({
        kind: "duplicated",
        what: `tempId ${send.tempId} names ${id} and ${send.result.id}`,
      });
    }
    idOf.set(key, id);
  }
  return violations;
}

type Row = { id: string; conversationId: string; seq: number; version: number; content: string };

function rowsIn(received: Received): Row[] {
  if (received.event === "NEW_MESSAGE") return [received.payload as Row];
  if (received.event !== "SYNC") return [];
  const answer = received.payload as { conversations: { messages: Row[] }[] };
  return answer.conversations.flatMap((c) => c.messages);
}

/** What a live edit, deletion or reaction says that a version is. */
function changeIn({ event, payload }: Received): Pick<Row, "id" | "conversationId" | "version"> | undefined {
  if (!/^(MESSAGE_(EDITED|DELETED)|REACTION_(ADDED|REMOVED))$/.test(event)) return undefined;
  const told = payload as Row & { messageId?: string };
  return { id: told.messageId ?? told.id, conversationId: told.conversationId, version: told.version };
}

/** Whoever was told that a `seq`, a `version` or a text is a certain message was told the truth for ever. */
function checkTold(history: History): Violation[] {
  const violations: Violation[] = [];
  const told = new Map<string, string>();
  const tell = (what: string, id: string, kind: Violation["kind"]) => {
    const before = told.get(what) ?? id;
    if (before !== id) violations.push({ kind, what: `${what} is ${before} and ${id}` });
    told.set(what, before);
  };
  for (const send of history.sends) {
    if (send.result.end !== "ok") continue;
    const { id, conversationId, seq, version, duplicate } = send.result;
    tell(`seq ${seq} of ${conversationId}`, id, "rewritten");
    if (!duplicate) tell(`version ${version} of ${conversationId}`, id, "rewritten");
    tell(`text ${send.token}`, id, "duplicated");
  }
  for (const received of history.received) {
    const change = changeIn(received);
    if (change) tell(`version ${change.version} of ${change.conversationId}`, change.id, "rewritten");
    for (const row of rowsIn(received)) {
      tell(`seq ${row.seq} of ${row.conversationId}`, row.id, "rewritten");
      tell(`version ${row.version} of ${row.conversationId}`, row.id, "rewritten");
      for (const token of tokensIn(row.content)) tell(`text ${token}`, row.id, "duplicated");
    }
  }
  return violations;
}

/** The NEW_MESSAGE events that one device got live for the second time, by message. */
function liveTwice(history: History): { readonly id: string; readonly device: string }[] {
  const seen = new Set<string>();
  return history.received.flatMap(({ event, device, payload }) => {
    if (event !== "NEW_MESSAGE") return [];
    const { id } = payload as Row;
    const key = `${id} to ${device}`;
    if (seen.has(key)) return [{ id, device }];
    seen.add(key);
    return [];
  });
}

/** Whether a message was sent once only, and answered at the first attempt. */
function sentOnce(history: History, id: string): boolean {
  const sends = history.sends.filter((send) => send.result.end === "ok" && send.result.id === id);
  return sends.length === 1 && sends.every((send) => !isUncertain(send.result));
}

/** No device gets a message live twice that was sent once. */
function checkLiveOnce(history: History): Violation[] {
  return liveTwice(history)
    .filter(({ id }) => sentOnce(history, id))
    .map(({ id, device }) => ({ kind: "duplicated", what: `NEW_MESSAGE ${id} came twice to ${device}` }));
}

/**
 * How many live events came twice of messages that were sent again after an outage. Same id, same version: no client
 * of the contract shows them twice, but one without a memory would. Counted, not judged.
 */
export function countRepeatedLive(history: History): number {
  return liveTwice(history).filter(({ id }) => !sentOnce(history, id)).length;
}

/** A device that asks again is never answered with an older version. */
function checkMonotone(history: History): Violation[] {
  const violations: Violation[] = [];
  const reached = new Map<string, number>();
  for (const { event, device, payload } of history.received) {
    if (event !== "SYNC") continue;
    for (const { id, version } of (payload as { conversations: { id: string; version: number }[] })
      .conversations) {
      const key = `${id} at ${device}`;
      const before = reached.get(key) ?? 0;
      if (version < before)
        violations.push({ kind: "went back", what: `${key}: version ${before}, then ${version}` });
      reached.set(key, Math.max(before, version));
    }
  }
  return violations;
}
