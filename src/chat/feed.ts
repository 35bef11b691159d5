import type { Message } from "../protocol/message.ts";
import type { SyncResponse } from "../protocol/sync.ts";
import type { Connection } from "./connection.ts";
import { type Change, Inbox } from "./inbox.ts";
import type { StateFile } from "./state-file.ts";

export type FeedEvents = {
  /** Changes in order. `away`: they happened while this device was not connected. */
  readonly onChanges: (conversationId: string, changes: readonly Change[], away: boolean) => void;
  /** The first look at a conversation of which this device knew nothing: how much there is. */
  readonly onFirst: (conversationId: string, messages: number) => void;
  readonly onLeft: (conversationId: string) => void;
};

const GAP_MS = 75;

/**
 * Everything that changes in the user's conversations, in order and completely: live events while nothing is missing,
 * SYNC when something is, at the start, and after each reconnect. How far it came is kept on disk.
 */
export class Feed {
  readonly #file: StateFile;
  readonly #connection: Connection;
  readonly #events: FeedEvents;
  readonly #inboxes = new Map<string, Inbox>();
  #gap: NodeJS.Timeout | undefined;
  #syncing: Promise<void> | undefined;
  #again = false;
  #away = false;

  constructor(file: StateFile, connection: Connection, events: FeedEvents) {
    this.#file = file;
    this.#connection = connection;
    this.#events = events;
    for (const [id, mark] of Object.entries(file.state.marks)) this.#inboxes.set(id, new Inbox(mark));
  }

  receive(conversationId: string, change: Change): void {
    const inbox = this.#inbox(conversationId);
    this.#show(conversationId, inbox.receive(change), false);
    if (inbox.behind) this.#gap ??= setTimeout(() => void this.#closeGap(), GAP_MS);
  }

  /** The server's versions, of HEALTH_CHECK: catches up if one is ahead of ours. */
  compare(versions: Readonly<Record<string, number>>): void {
    const ahead = ([id, version]: [string, number]) => version > (this.#inboxes.get(id)?.mark.version ?? 0);
    if (Object.entries(versions).some(ahead)) void this.sync();
  }

  /** Forgets a conversation that the user is no longer in. */
  leave(conversationId: string): void {
    if (!this.#inboxes.delete(conversationId)) return;
    delete this.#file.state.marks[conversationId];
    this.#file.save();
    this.#events.onLeft(conversationId);
  }

  /** Catches up, after having been away or for a lost event; resolves when all is here, or the connection is down. */
  sync(away = false): Promise<void> {
    this.#again = true;
    this.#away ||= away;
    this.#syncing ??= this.#run().finally(() => {
      this.#syncing = undefined;
      this.#away = false;
    });
    return this.#syncing;
  }

  close(): void {
    clearTimeout(this.#gap);
  }

  async #run(): Promise<void> {
    while (this.#again && this.#connection.up) {
      this.#again = false;
      const known = [...this.#inboxes].map(([id, inbox]) => [id, inbox.mark.version]);
      const answer = await this.#connection.ask<SyncResponse>("SYNC", {
        conversations: Object.fromEntries(known),
      });
      if (!answer?.ok) {
        this.#again = true;
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        continue;
      }
      this.#take(answer.data);
    }
  }

  #take(answer: SyncResponse): void {
    for (const delta of answer.conversations) {
      const first = !this.#inboxes.has(delta.id);
      const changes = this.#inbox(delta.id).merge(delta);
      if (first) this.#events.onFirst(delta.id, Math.max(0, ...delta.messages.map((m: Message) => m.seq)));
      else this.#show(delta.id, changes, this.#away);
      if (delta.limited) this.#again = true;
    }
    for (const id of answer.left) this.leave(id);
    this.#save();
  }

  #show(conversationId: string, changes: readonly Change[], away: boolean): void {
    if (changes.length === 0) return;
    this.#events.onChanges(conversationId, changes, away);
    this.#save();
  }

  async #closeGap(): Promise<void> {
    this.#gap = undefined;
    if ([...this.#inboxes.values()].some((inbox) => inbox.behind)) await this.sync();
  }

  #save(): void {
    for (const [id, inbox] of this.#inboxes) this.#file.state.marks[id] = inbox.mark;
    this.#file.save();
  }

  #inbox(id: string): Inbox {
    const inbox = this.#inboxes.get(id) ?? new Inbox();
    this.#inboxes.set(id, inbox);
    return inbox;
  }
}
