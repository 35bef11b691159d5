/** What one tab does for all: confirming deliveries, heartbeats, and writing the cache. */
import type { HealthResponse } from "../../../protocol/client-events.ts";
import type { Link } from "../connection/link.ts";
import type { ChatState } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { CacheWriter } from "../storage/write-cache.ts";

/** All in ms. */
const CONFIRM_AFTER = 100;
const WRITE_AFTER = 200;
const HEALTH_EVERY = 25_000;

export interface DutyOptions {
  readonly state: () => ChatState;
  readonly share: (input: Input) => void;
  readonly link: Link;
  readonly writer: CacheWriter;
}

export type LeaderDuties = ReturnType<typeof startLeaderDuties>;

/** Begins them; `close` ends them, when all that is known has been written. */
export function startLeaderDuties({ state, share, link, writer }: DutyOptions) {
  const confirmed = new Map<string, number>();
  let confirming: ReturnType<typeof setTimeout> | undefined;
  let writing: ReturnType<typeof setTimeout> | undefined;
  let write: Promise<void> = Promise.resolve();
  let written: ChatState["conversations"] | undefined;
  let people: ChatState["people"] | undefined;

  function confirm(): void {
    confirming = undefined;
    const { conversations, self } = state();
    if (!link.up || !self) return;
    for (const { id, seq, last, hydrated, participants } of Object.values(conversations)) {
      if (!hydrated || seq <= (confirmed.get(id) ?? 0) || !last || last.senderId === self.id) continue;
      confirmed.set(id, seq);
      const own = participants.find(({ userId }) => userId === self.id);
      if (own && own.deliveredSeq >= seq) continue;
      // Not acknowledged before it is written, and never refused: the next one makes up for a lost one.
      link.tell("MESSAGE_DELIVERED", { conversationId: id, seq });
    }
  }

  function flush(): Promise<void> {
    clearTimeout(writing);
    writing = undefined;
    const now = state();
    if (now.phase !== "signed-in" || (now.conversations === written && now.people === people)) return write;
    written = now.conversations;
    people = now.people;
    // A full disk must not end the chat: what is not stored comes from the server next time.
    write = write.then(() => writer.write(now)).catch(() => {});
    return write;
  }

  async function health(): Promise<void> {
    const answer = await link.ask<HealthResponse>("HEALTH_CHECK", {});
    if (answer?.ok) share({ type: "versions", versions: answer.data.versions });
  }

  const heartbeat = setInterval(() => void health(), HEALTH_EVERY);

  return {
    /** The state has changed. */
    changed(): void {
      const { conversations } = state();
      if (conversations === written && state().people === people) return;
      confirming ??= setTimeout(confirm, CONFIRM_AFTER);
      writing ??= setTimeout(() => void flush(), WRITE_AFTER);
    },
    /** A new connection: confirmations on the old one may have been lost. */
    connected(): void {
      confirmed.clear();
      confirming ??= setTimeout(confirm, CONFIRM_AFTER);
    },
    flush,
    async close(): Promise<void> {
      clearInterval(heartbeat);
      clearTimeout(confirming);
      await flush();
    },
  };
}
