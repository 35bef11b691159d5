import type { Message, MessageDeleted, MessageEdited, ReactionChanged } from "../protocol/message.ts";
import type { ConversationDelta } from "../protocol/sync.ts";
import type { Mark } from "./state-file.ts";

/** Something to show, in the order in which it happened. */
export type Change =
  | { readonly kind: "message"; readonly version: number; readonly message: Message }
  | { readonly kind: "edited"; readonly version: number; readonly edit: MessageEdited }
  | { readonly kind: "deleted"; readonly version: number; readonly deletion: MessageDeleted }
  | {
      readonly kind: "reaction";
      readonly version: number;
      readonly added: boolean;
      readonly reaction: ReactionChanged;
    }
  /** From SYNC: the row changed while we were away; how, the row itself tells. */
  | { readonly kind: "changed"; readonly version: number; readonly message: Message };

/** The change that a live event makes, and in which conversation; undefined if it makes none. */
export function changeOf(
  event: string,
  payload: unknown,
): { readonly conversationId: string; readonly change: Change } | undefined {
  const { conversationId, version } = (payload ?? {}) as { conversationId?: string; version?: number };
  if (conversationId === undefined || version === undefined) return undefined;
  const of = (change: Change) => ({ conversationId, change });
  switch (event) {
    case "NEW_MESSAGE":
      return of({ kind: "message", version, message: payload as Message });
    case "MESSAGE_EDITED":
      return of({ kind: "edited", version, edit: payload as MessageEdited });
    case "MESSAGE_DELETED":
      return of({ kind: "deleted", version, deletion: payload as MessageDeleted });
    case "REACTION_ADDED":
    case "REACTION_REMOVED":
      return of({
        kind: "reaction",
        version,
        added: event === "REACTION_ADDED",
        reaction: payload as ReactionChanged,
      });
    default:
      return undefined;
  }
}

/**
 * The changes of one conversation in the order of their versions: live ones as they come, unless one is missing; then
 * those behind it wait, and `behind` says that it is time for SYNC. Pure but for what it remembers.
 */
export class Inbox {
  #mark: Mark;
  readonly #waiting = new Map<number, Change>();

  constructor(mark: Mark = { version: 0, seq: 0 }) {
    this.#mark = mark;
  }

  get mark(): Mark {
    return this.#mark;
  }

  get behind(): boolean {
    return this.#waiting.size > 0;
  }

  /** Takes a live change; the answer is what may be shown now. */
  receive(change: Change): Change[] {
    if (change.version > this.#mark.version) this.#waiting.set(change.version, change);
    return this.#drain();
  }

  /** Takes a part of a SYNC answer; the answer is what is new in it, and what had waited for it. */
  merge(delta: ConversationDelta): Change[] {
    const rows = delta.messages.filter((row) => row.version > this.#mark.version);
    const news: Change[] = rows.map((message) => ({
      kind: message.seq > this.#mark.seq ? "message" : "changed",
      version: message.version,
      message,
    }));
    // New messages in the order they were sent, even if one was edited since and so comes late in the answer.
    news.sort((a, b) => rank(a) - rank(b));
    const version = delta.limited ? (delta.cursor ?? this.#mark.version) : delta.version;
    this.#advance(Math.max(this.#mark.version, version), Math.max(...rows.map((row) => row.seq), 0));
    for (const waiting of this.#waiting.keys())
      if (waiting <= this.#mark.version) this.#waiting.delete(waiting);
    return [...news, ...this.#drain()];
  }

  #drain(): Change[] {
    const ready: Change[] = [];
    for (;;) {
      const next = this.#waiting.get(this.#mark.version + 1);
      if (!next) return ready;
      this.#waiting.delete(next.version);
      this.#advance(next.version, next.kind === "message" ? next.message.seq : 0);
      ready.push(next);
    }
  }

  #advance(version: number, seq: number): void {
    this.#mark = { version, seq: Math.max(this.#mark.seq, seq) };
  }
}

function rank(change: Change): number {
  return change.kind === "message" ? change.message.seq : Number.MAX_SAFE_INTEGER;
}
