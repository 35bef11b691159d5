import type {
  MessageDeleted,
  MessageEdited,
  ReactionChanged,
  SyncedConversation,
  WireMessage,
} from "./wire.ts";
import { DELETED_CONTENT } from "./wire.ts";

/** One step of a conversation's version, as a live event or an own acknowledgement tells it. */
export type Change =
  | { readonly kind: "message"; readonly version: number; readonly message: WireMessage }
  | { readonly kind: "edited"; readonly version: number; readonly edit: MessageEdited }
  | { readonly kind: "deleted"; readonly version: number; readonly deletion: MessageDeleted }
  | {
      readonly kind: "reaction";
      readonly version: number;
      readonly added: boolean;
      readonly reaction: ReactionChanged;
    };

/** The change that a live event makes and the conversation it belongs to; undefined if it makes none. */
export function changeOf(
  event: string,
  payload: unknown,
): { conversationId: string; change: Change } | undefined {
  const { conversationId, version } = (payload ?? {}) as { conversationId?: string; version?: number };
  if (conversationId === undefined || version === undefined) return undefined;
  const of = (change: Change) => ({ conversationId, change });
  switch (event) {
    case "NEW_MESSAGE":
      return of({ kind: "message", version, message: payload as WireMessage });
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
 * One conversation as a client holds it: its messages as of `version`, built from live changes and SYNC.
 *
 * Invariant: `messages` holds everything up to `version`, and nothing after it. A change that is not the next
 * one waits; whoever feeds the replica SYNCs when `behind` stays true.
 */
export class Replica {
  readonly id: string;
  readonly messages = new Map<string, WireMessage>();
  #version = 0;
  readonly #waiting = new Map<number, Change>();

  constructor(id: string) {
    this.id = id;
  }

  get version(): number {
    return this.#version;
  }

  /** A later change is here but the next one is not. */
  get behind(): boolean {
    return this.#waiting.size > 0;
  }

  /** Takes a live change; old ones are ignored, early ones wait for those before them. */
  receive(change: Change): void {
    if (change.version <= this.#version) return;
    this.#waiting.set(change.version, change);
    this.#drain();
  }

  /** Takes one conversation of a SYNC answer. Rows that the replica holds in a newer state stay. */
  merge(delta: SyncedConversation): void {
    const reached = delta.limited ? Number(delta.cursor) : delta.version;
    if (!Number.isSafeInteger(reached))
      throw new Error(`SYNC answered without a version: ${JSON.stringify(delta)}`);
    for (const row of delta.messages) {
      const held = this.messages.get(row.id);
      if (!held || held.version < row.version) this.messages.set(row.id, row);
    }
    if (reached > this.#version) this.#version = reached;
    for (const version of this.#waiting.keys()) if (version <= this.#version) this.#waiting.delete(version);
    this.#drain();
  }

  /** The messages in the order of `seq`. */
  ordered(): WireMessage[] {
    return [...this.messages.values()].sort((a, b) => a.seq - b.seq);
  }

  #drain(): void {
    for (let next = this.#take(); next; next = this.#take()) {
      this.#apply(next);
      this.#version = next.version;
    }
  }

  #take(): Change | undefined {
    const next = this.#waiting.get(this.#version + 1);
    if (next) this.#waiting.delete(next.version);
    return next;
  }

  #apply(change: Change): void {
    if (change.kind === "message") {
      this.messages.set(change.message.id, change.message);
      return;
    }
    const id =
      change.kind === "edited"
        ? change.edit.id
        : change.kind === "deleted"
          ? change.deletion.id
          : change.reaction.messageId;
    const held = this.messages.get(id);
    // Cannot be: all rows up to this version are here. If it is, the final views differ and the checker says so.
    if (!held) return;
    this.messages.set(id, { ...held, ...patchOf(held, change), version: change.version });
  }
}

function patchOf(held: WireMessage, change: Exclude<Change, { kind: "message" }>): Partial<WireMessage> {
  switch (change.kind) {
    case "edited":
      return { content: change.edit.content, isEdited: true, editedAt: change.edit.editedAt };
    case "deleted":
      return { content: DELETED_CONTENT, deletedAt: change.deletion.deletedAt };
    case "reaction": {
      const { emoji, userId } = change.reaction;
      const before = held.reactions.find((r) => r.emoji === emoji)?.userIds ?? [];
      const others = before.filter((id) => id !== userId);
      const userIds = change.added ? [...others, userId] : others;
      const rest = held.reactions.filter((r) => r.emoji !== emoji);
      return {
        reactions: userIds.length === 0 ? rest : [...rest, { emoji, userIds, count: userIds.length }],
      };
    }
  }
}
