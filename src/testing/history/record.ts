// What one schedule leaves behind for the checker: what was asked, what was answered, everything that any client
// ever received, and what each sees at the end. Times are `performance.now()` of the one test process.

/** A conversation by the schedule's own name for it. Members are those it was made with. */
export type ConversationRecord = {
  readonly key: string;
  readonly members: readonly string[];
  /** Every id the server ever used for it: must be one at most. */
  readonly ids: ReadonlySet<string>;
};

/** How an operation ended. `maybe`: attempts whose effect nobody knows, so they may yet have happened. */
export type End<T> =
  | ({ readonly end: "ok"; readonly maybe: number } & T)
  | { readonly end: "refused"; readonly maybe: number; readonly code: string }
  | { readonly end: "unknown" };

type Operation = {
  readonly userId: string;
  readonly conversation: string;
  readonly begunAt: number;
  readonly endedAt: number;
};

export type SendRecord = Operation & {
  /** Unique in all the world, and part of the content. */
  readonly token: string;
  readonly tempId: string;
  readonly content: string;
  readonly result: End<{
    readonly id: string;
    readonly conversationId: string;
    readonly seq: number;
    readonly version: number;
    readonly duplicate: boolean;
  }>;
};

export type EditRecord = Operation & {
  readonly token: string;
  readonly messageId: string;
  readonly content: string;
  readonly result: End<{ readonly version: number }>;
};

export type DeleteRecord = Operation & {
  readonly messageId: string;
  readonly result: End<{ readonly version: number }>;
};

export type ReactionRecord = Operation & {
  readonly messageId: string;
  readonly emoji: string;
  readonly present: boolean;
  readonly result: End<{ readonly version: number }>;
};

export type ReadRecord = Operation & { readonly seq: number; readonly result: End<unknown> };

/** Somebody is taken out of a group. Until it ended well, nobody knows whether they are. */
export type RemovalRecord = Operation & { readonly removed: string; readonly result: End<unknown> };

/** Anything a client got from the server, by whatever way. */
export type Received = {
  readonly userId: string;
  readonly device: string;
  /** The event, `SYNC`, `ack …` or `GET …`. */
  readonly event: string;
  readonly payload: unknown;
  readonly at: number;
};

export type ViewRow = {
  readonly id: string;
  readonly seq: number;
  readonly version: number;
  readonly senderId: string;
  readonly content: string;
  readonly deleted: boolean;
  readonly edited: boolean;
  /** `emoji userId`, sorted. */
  readonly reactions: readonly string[];
};

/** A conversation as somebody sees it at the end, in the order they would show it. */
export type View = {
  readonly userId: string;
  /** `live` of a device, `fresh` SYNC from nothing, or REST `history`. */
  readonly source: string;
  readonly conversation: string;
  /** Undefined where the way does not tell it. */
  readonly version?: number;
  readonly rows: readonly ViewRow[];
  /** How far each participant has read, where the way tells it. */
  readonly read?: ReadonlyMap<string, number>;
};

export type History = {
  readonly conversations: readonly ConversationRecord[];
  readonly sends: readonly SendRecord[];
  readonly edits: readonly EditRecord[];
  readonly deletes: readonly DeleteRecord[];
  readonly reactions: readonly ReactionRecord[];
  readonly reads: readonly ReadRecord[];
  readonly removals: readonly RemovalRecord[];
  readonly received: readonly Received[];
  readonly views: readonly View[];
};

export type ViolationKind =
  | "lost"
  | "duplicated"
  | "gap"
  | "reordered"
  | "forged"
  | "leak"
  | "change lost"
  | "diverged"
  | "rewritten"
  | "went back"
  | "stale"
  | "stuck";

export type Violation = { readonly kind: ViolationKind; readonly what: string };

/** Marks a token in a content, so that it is found in any payload. */
export function marked(token: string): string {
  return `⟦${token}⟧`;
}

/** All tokens in a text. */
export function tokensIn(text: string): string[] {
  return [...text.matchAll(/⟦([\w.-]+)⟧/g)].map((match) => match[1] as string);
}

/** Whether an operation took effect, or may have. */
export function mayHaveHappened(result: End<unknown>): boolean {
  return result.end !== "refused" || result.maybe > 0;
}

/** Whether nobody can tell when, or whether, an operation took effect. */
export function isUncertain(result: End<unknown>): boolean {
  return result.end === "unknown" || result.maybe > 0;
}
