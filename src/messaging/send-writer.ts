/**
 * Concurrent sends of one gateway are written together: while one statement is under way the next
 * sends gather, and go with the next one. An idle gateway writes at once.
 */
import { LRUCache } from "lru-cache";
import { ChatError } from "../protocol/errors.ts";
import {
  asChatError,
  isOutage,
  isTransient,
  isUniqueViolation,
  mayHaveCommitted,
  type Sql,
} from "../store/client.ts";
import { type Draft, type SendResult, sendMessages } from "../store/send-messages.ts";
import type { Span } from "../telemetry/traces.ts";

export interface SendWriter {
  /** Resolves after the commit. @throws ChatError UNAVAILABLE when Postgres stays away. */
  write(draft: Draft, span?: Span): Promise<SendResult>;
  /** What waits to be written, or is being written; `oldest` in seconds. */
  waiting(): { count: number; oldest: number };
}

interface Waiting {
  draft: Draft;
  since: number;
  span: Span | undefined;
  /** An attempt was made whose outcome is unknown: "repeated" may then mean our own first attempt. */
  attempted: boolean;
  resolve(result: SendResult): void;
  reject(error: unknown): void;
}

export interface SendWriterOptions {
  /** Least ms between the starts of two statements of a busy gateway; with few sends it is a share of that. */
  interval: number;
  /** Most messages in one statement. */
  maxBatch?: number;
  /** How long a send is retried while Postgres is away, in ms. */
  patience?: number;
  onBatch?: (size: number, seconds: number) => void;
  onError?: (error: unknown, size: number) => void;
}

const RETRY_PAUSE = 100;
/**
 * From this many messages in a statement on, the whole interval is kept; after a single one none. A statement
 * costs Postgres 0.7 ms and each message in it 0.1 ms, so at 500 messages/s the wait halves its work.
 */
const BUSY = 3;

export function createSendWriter(sql: Sql, options: SendWriterOptions): SendWriter {
  const { interval, maxBatch = 200, patience = 5000 } = options;
  let queue: Waiting[] = [];
  /** Own attempts with a lost answer that were taken for the first send. */
  const told = new LRUCache<string, true>({ max: 10_000 });
  let busy = false;
  /** The drafts of the statement that is under way. */
  let under: Waiting[] = [];
  let lastSize = 1;
  let lastStart = Number.NEGATIVE_INFINITY;

  function next(): void {
    if (busy || queue.length === 0) return;
    busy = true;
    const share = Math.min(1, (lastSize - 1) / (BUSY - 1));
    const pause = lastStart + interval * share - performance.now();
    if (pause > 0) setTimeout(run, pause);
    else run();
  }

  async function run(): Promise<void> {
    lastStart = performance.now();
    try {
      const batch = takeBatch();
      lastSize = batch.length;
      under = batch;
      await attempt(batch);
    } finally {
      under = [];
      busy = false;
      next();
    }
  }

  /** The next drafts, no id twice: a statement does not see its own rows, so a repeat waits for the next one. */
  function takeBatch(): Waiting[] {
    const batch = queue.splice(0, maxBatch);
    const ids = new Set(batch.map((waiting) => waiting.draft.id));
    if (ids.size === batch.length) return batch;
    const repeats = batch.filter((waiting) => !ids.delete(waiting.draft.id));
    queue.unshift(...repeats);
    return batch.filter((waiting) => !repeats.includes(waiting));
  }

  async function attempt(batch: Waiting[]): Promise<void> {
    const start = performance.now();
    const traced = batch.some(({ span }) => span) ? traceStatement(batch) : undefined;
    try {
      const results = await sendMessages(
        sql,
        batch.map((waiting) => waiting.draft),
      );
      options.onBatch?.(batch.length, (performance.now() - start) / 1000);
      for (const span of traced ?? []) span.end();
      for (const [index, waiting] of batch.entries())
        waiting.resolve(ownAttempt(waiting, results[index] as SendResult));
    } catch (error) {
      for (const span of traced ?? []) span.end(error);
      await recover(batch, error);
    }
  }

  /**
   * A repeat of our own attempt whose answer was lost is the first send to everybody else: it must be told,
   * but once, though the sender's own repeats may wait here beside it.
   */
  function ownAttempt({ attempted, draft }: Waiting, result: SendResult): SendResult {
    if (!attempted || result.verdict !== "repeated" || told.has(draft.id)) return result;
    told.set(draft.id, true);
    return { ...result, verdict: "sent", retold: true };
  }

  async function recover(batch: Waiting[], error: unknown): Promise<void> {
    const outage = isOutage(error) || isTransient(error);
    if (outage || isUniqueViolation(error)) {
      // After a unique violation the other gateway's row is visible; an outage is waited for.
      const now = performance.now();
      for (const waiting of batch) waiting.attempted ||= mayHaveCommitted(error);
      const patient = batch.filter((waiting) => now - waiting.since < patience);
      for (const waiting of batch) if (!patient.includes(waiting)) waiting.reject(asChatError(error));
      // What is behind it in the queue would only find out the same, one batch after another.
      if (outage)
        queue = queue.filter((waiting) => {
          const late = now - waiting.since >= patience;
          if (late) waiting.reject(asChatError(error));
          return !late;
        });
      if (patient.length === 0) return;
      if (outage) {
        options.onError?.(error, batch.length);
        await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE));
      }
      return attempt(patient);
    }
    options.onError?.(error, batch.length);
    // One message that Postgres refuses must not take the others down: write each alone.
    if (batch.length > 1) for (const waiting of batch) await attempt([waiting]);
    else batch[0]?.reject(asChatError(error));
  }

  return {
    waiting() {
      const all = [...under, ...queue];
      const since = all.reduce((least, waiting) => Math.min(least, waiting.since), performance.now());
      return { count: all.length, oldest: (performance.now() - since) / 1000 };
    },
    write(draft, span) {
      return new Promise<SendResult>((resolve, reject) => {
        if (queue.length >= 50 * maxBatch) {
          reject(
            new ChatError("UNAVAILABLE", "The gateway has too many messages waiting; try again", {
              retryAfter: 1,
            }),
          );
          return;
        }
        queue.push({ draft, span, since: performance.now(), attempted: false, resolve, reject });
        next();
      });
    },
  };
}

/** The statement as a step of each of its traced messages, by the semantic conventions for databases. */
function traceStatement(batch: readonly Waiting[]): Span[] {
  return batch.flatMap(({ span, since }) => {
    if (!span) return [];
    return span.child("INSERT messages", "client", {
      "db.system.name": "postgresql",
      "db.operation.name": "INSERT",
      "db.collection.name": "messages",
      "db.operation.batch.size": batch.length,
      "nexus.waited_ms": Math.round(performance.now() - since),
    });
  });
}
