/**
 * What the user did and the server has not acknowledged: in IndexedDB first, then sent in order, one at a time for
 * each conversation, until there is an answer. Any tab adds; the leading tab sends. A repetition is harmless: sends
 * carry the tempId they began with, and the other changes come to the same when done twice.
 */
import type { WireError } from "../../../protocol/errors.ts";
import type { MessageSent } from "../../../protocol/message.ts";
import { mayRetry } from "../api/api-error.ts";
import type { Link } from "../connection/link.ts";
import { randomId } from "../random-id.ts";
import type { OutboxItem } from "../state/chat-state.ts";
import type { Input } from "../state/input.ts";
import type { Database } from "../storage/database.ts";
import { readOutbox } from "../storage/read-cache.ts";
import { backoff } from "./backoff.ts";
import { compact } from "./compact.ts";
import { laneOf, requestOf } from "./request.ts";

/** An `INTERNAL` that does not pass is no passing trouble. */
const MAX_ATTEMPTS = 10;

export interface OutboxOptions {
  readonly database: Database;
  readonly link: Link;
  /** Tells all tabs, this one included. */
  readonly share: (input: Input) => void;
}

interface Lane {
  failures: number;
  /** Not before, by the server's wish: a new connection does not change that. */
  timer: ReturnType<typeof setTimeout> | undefined;
  waitsForServer: boolean;
  running: boolean;
}

export type Outbox = ReturnType<typeof createOutbox>;

export function createOutbox({ database, link, share }: OutboxOptions) {
  let items: readonly OutboxItem[] = [];
  let leads = false;
  const lanes = new Map<string, Lane>();

  function put(item: OutboxItem): void {
    const others = items.filter(({ id }) => id !== item.id);
    items = others.toSpliced(others.findLastIndex(({ id }) => id < item.id) + 1, 0, item);
  }

  function store(item: OutboxItem): Promise<unknown> {
    return database.outbox.put(item).catch(() => {});
  }

  function drop(id: number): void {
    items = items.filter((item) => item.id !== id);
    void database.outbox.delete(id).catch(() => {});
    share({ type: "itemGone", id });
  }

  function change(item: OutboxItem): void {
    put(item);
    share({ type: "itemChanged", item });
  }

  function laneFor(name: string): Lane {
    const lane = lanes.get(name) ?? { failures: 0, timer: undefined, waitsForServer: false, running: false };
    lanes.set(name, lane);
    return lane;
  }

  function next(name: string): OutboxItem | undefined {
    return items.find((item) => laneOf(item) === name && item.state === "waiting" && requestOf(item));
  }

  async function run(name: string, lane: Lane): Promise<void> {
    while (leads && link.up && lane.timer === undefined) {
      const compacted = compact(items);
      for (const item of compacted.changed) {
        change(item);
        await store(item);
      }
      for (const id of compacted.gone) drop(id);
      const item = next(name);
      const request = item && requestOf(item);
      if (!item || !request) return;
      const sending: OutboxItem = { ...item, state: "sending", attempts: item.attempts + 1 };
      change(sending);
      // Not waited for: if it is lost, the send is repeated as it was.
      if (item.attempts === 0) void store({ ...sending, state: "waiting" });
      const answer = await link.ask(request.event, request.payload);
      if (!items.some(({ id }) => id === item.id)) continue;
      if (answer?.ok) {
        lane.failures = 0;
        acknowledge(sending, answer.data);
      } else settle(name, lane, sending, answer?.error);
    }
  }

  function acknowledge(item: OutboxItem, answer: unknown): void {
    items = items.filter(({ id }) => id !== item.id);
    void database.outbox.delete(item.id).catch(() => {});
    const { version = 0, timestamp = "" } = answer as { version?: number; timestamp?: string };
    const sent = answer as MessageSent;
    const sentAs = { messageId: sent.dbMessageId ?? "", seq: sent.seq ?? 0, version, timestamp };
    const settled: OutboxItem = { ...item, state: "sent", error: null, sentAs };
    share({ type: "acknowledged", item: settled, answer });
    if (item.kind !== "send") return;
    // What was done to it meanwhile is about a message with an id now.
    for (const other of items)
      if ("target" in other && "tempId" in other.target && other.target.tempId === item.tempId) {
        const about: OutboxItem = { ...other, target: { messageId: sent.dbMessageId } };
        change(about);
        void store(about);
      }
  }

  /** Not acknowledged: again in a while, or never. */
  function settle(name: string, lane: Lane, item: OutboxItem, error: WireError | undefined): void {
    const givenUp = error?.code === "INTERNAL" && item.attempts >= MAX_ATTEMPTS;
    if (error && (!mayRetry(error.code) || givenUp)) {
      if (item.kind === "read") {
        drop(item.id);
        return;
      }
      const failed: OutboxItem = {
        ...item,
        state: "failed",
        error: { code: error.code, message: error.message },
      };
      change(failed);
      void store(failed);
      return;
    }
    change({ ...item, state: "waiting" });
    lane.failures += 1;
    lane.waitsForServer = error !== undefined;
    lane.timer = setTimeout(
      () => {
        lane.timer = undefined;
        start(name);
      },
      backoff(lane.failures, error?.retryAfter),
    );
  }

  function start(name: string): void {
    const lane = laneFor(name);
    if (lane.running || !leads) return;
    lane.running = true;
    void run(name, lane).finally(() => {
      lane.running = false;
      if (!items.some((item) => laneOf(item) === name)) lanes.delete(name);
      // Something may have come between the last look and now.
      else if (leads && link.up && lane.timer === undefined && next(name)) start(name);
    });
  }

  function pump(): void {
    for (const name of new Set(items.map(laneOf))) start(name);
  }

  return {
    /** This tab sends from now on; resolves when it knows what there is. */
    async lead(): Promise<void> {
      leads = true;
      for (const item of await readOutbox(database)) if (!items.some(({ id }) => id === item.id)) put(item);
      pump();
    },
    /** Another tab sends from now on. */
    rest(): void {
      leads = false;
      items = [];
      for (const lane of lanes.values()) clearTimeout(lane.timer);
      lanes.clear();
    },
    /** There is a connection again: what only waited for one goes at once. */
    connected(): void {
      for (const lane of lanes.values()) {
        if (lane.waitsForServer) continue;
        clearTimeout(lane.timer);
        lane.timer = undefined;
        lane.failures = 0;
      }
      pump();
    },
    /** A new item, or one that changed by the user's wish, of this tab or another; null: it is to be forgotten. */
    take(item: OutboxItem | null, id: number): void {
      if (!leads) return;
      if (!item) {
        const gone = items.find((other) => other.id === id);
        if (gone?.state === "sending") return;
        items = items.filter((other) => other.id !== id);
        return;
      }
      if (items.find((other) => other.id === id)?.state === "sending") return;
      put(item);
      start(laneOf(item));
    },
    /** Nothing more is sent for this conversation: one is not in it any more. */
    left(conversationId: string): void {
      for (const item of items) if (item.conversationId === conversationId) drop(item.id);
    },
  };
}

/** The item to try again, as new: a tempId that stands for something else cannot be used any more. */
export function retried(item: OutboxItem): OutboxItem {
  const fresh: OutboxItem = { ...item, state: "waiting", attempts: 0, error: null };
  return fresh.kind === "send" && item.error?.code === "CONFLICT" ? { ...fresh, tempId: randomId() } : fresh;
}
