import type { Outcome } from "../client/persist.ts";
import type { WireMessage } from "../client/wire.ts";
import type {
  ConversationRecord,
  DeleteRecord,
  EditRecord,
  End,
  ReactionRecord,
  ReadRecord,
  Received,
  RemovalRecord,
  SendRecord,
  View,
  ViewRow,
} from "./record.ts";

/** Collects the history of one schedule while it runs. */
export class Recorder {
  readonly conversations = new Map<string, ConversationRecord & { readonly ids: Set<string> }>();
  readonly sends: SendRecord[] = [];
  readonly edits: EditRecord[] = [];
  readonly deletes: DeleteRecord[] = [];
  readonly reactions: ReactionRecord[] = [];
  readonly reads: ReadRecord[] = [];
  readonly removals: RemovalRecord[] = [];
  readonly received: Received[] = [];
  readonly views: View[] = [];

  conversation(key: string, members: readonly string[], id?: string): void {
    this.conversations.set(key, { key, members, ids: new Set(id === undefined ? [] : [id]) });
  }

  /** What a device of a user sees and hears from now on; give the result to the client as `observe`. */
  observer(userId: string, device: string): (event: string, payload: unknown) => void {
    return (event, payload) => this.received.push({ userId, device, event, payload, at: performance.now() });
  }
}

/** An outcome as the checker reads it, with what it needs of the answer. */
export function endOf<T, D extends object>(outcome: Outcome<T>, pick: (data: T) => D): End<D> {
  switch (outcome.end) {
    case "ok":
      return { end: "ok", maybe: outcome.maybe, ...pick(outcome.data) };
    case "refused":
      return { end: "refused", maybe: outcome.maybe, code: outcome.error.code };
    case "unknown":
      // Given up before the first attempt: it cannot have happened.
      return outcome.attempts === 0 ? { end: "refused", maybe: 0, code: "NOT SENT" } : { end: "unknown" };
  }
}

/** A message as the checker compares it. */
export function viewRow(message: WireMessage): ViewRow {
  return {
    id: message.id,
    seq: message.seq,
    version: message.version,
    senderId: message.senderId,
    content: message.content,
    deleted: message.deletedAt !== null,
    edited: message.isEdited,
    reactions: message.reactions.flatMap((r) => r.userIds.map((id) => `${r.emoji} ${id}`)).sort(),
  };
}
