/** From what a user does to an outbox item: shown at once, stored, then handed to the tab that sends. */
import { type Outbox, retried } from "../outbox/outbox.ts";
import type { ChatState, OutboxAction, OutboxItem } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { Database } from "../storage/database.ts";
import type { Channel } from "../tabs/channel.ts";

export interface QueueOptions {
  readonly state: () => ChatState;
  readonly share: (input: Input) => void;
  readonly database: Database;
  readonly outbox: Outbox;
  readonly channel: Channel;
}

export type Queue = ReturnType<typeof createQueue>;

/** Ids of two tabs in one millisecond differ by chance, and ascend within a tab. */
const PER_MS = 1024;

export function createQueue({ state, share, database, outbox, channel }: QueueOptions) {
  let lastId = 0;

  function newId(): number {
    const known = state().outbox.at(-1)?.id ?? 0;
    lastId = Math.max(lastId + 1, known + 1, Date.now() * PER_MS + Math.floor(Math.random() * PER_MS));
    return lastId;
  }

  function hand(item: OutboxItem | null, id: number): void {
    outbox.take(item, id);
    channel.post({ kind: "outbox", item, id });
  }

  /** Handed over when it is on disk: the leader's deletion after the sending must come later. */
  function store(item: OutboxItem): void {
    database.outbox.put(item).then(
      () => hand(item, item.id),
      // A full disk: it is sent, but would not survive the tab.
      () => hand(item, item.id),
    );
  }

  return {
    add(conversationId: string, action: OutboxAction): OutboxItem {
      const same =
        action.kind === "read"
          ? state().outbox.find(
              (item) =>
                item.kind === "read" && item.conversationId === conversationId && item.state === "waiting",
            )
          : undefined;
      const item: OutboxItem = {
        ...action,
        id: same?.id ?? newId(),
        conversationId,
        state: "waiting",
        attempts: 0,
        error: null,
      };
      share({ type: "queued", item });
      store(item);
      return item;
    },

    /** A failed one again; with what was done to it meanwhile. */
    retry(id: number): void {
      const item = state().outbox.find((other) => other.id === id);
      if (item?.state !== "failed") return;
      const again = retried(item);
      share({ type: "queued", item: again });
      store(again);
    },

    /** A failed one is forgotten, and what was to be done to it as well. */
    discard(id: number): void {
      const { outbox: items } = state();
      const item = items.find((other) => other.id === id);
      if (item?.state !== "failed") return;
      const about = items.filter(
        (other) =>
          other === item ||
          (item.kind === "send" &&
            "target" in other &&
            "tempId" in other.target &&
            other.target.tempId === item.tempId),
      );
      for (const { id: gone } of about) {
        share({ type: "itemGone", id: gone });
        hand(null, gone);
        void database.outbox.delete(gone).catch(() => {});
      }
    },
  };
}
