/**
 * One person's device, as a correct client is: it comes back after every loss, sends what is unanswered again with the
 * same tempId, and asks SYNC for what it missed.
 *
 *   connecting --up--> syncing --caught up--> consistent --lost--> waiting --delay--> connecting
 */
import { setTimeout } from "k6/timers";
import type { MessageSent } from "../../src/protocol/message.ts";
import type { SyncResponse } from "../../src/protocol/sync.ts";
import { backoff } from "./backoff.ts";
import { type Book, type Noted, openBook } from "./book.ts";
import { openConfirmations } from "./confirmations.ts";
import { type Answer, type Connection, openConnection } from "./connection.ts";
import * as metrics from "./metrics.ts";
import { type Person, renew } from "./people.ts";

/** What a device sends. */
export interface Draft {
  readonly mark: number;
  readonly tempId: string;
  readonly content: string;
  readonly to: { readonly conversationId: string } | { readonly receiverId: string };
}

export interface DeviceOptions {
  readonly person: Person;
  readonly gateways: readonly string[];
  /** Which of them it goes to first. */
  readonly home: number;
  /** The mark of a message of this run, by its content; -1: not one of ours. */
  readonly markOf: (content: string) => number;
  /** The device holds a message of somebody else that it did not hold before. */
  readonly onMessage: (message: Noted) => void;
  readonly onAcknowledged: (draft: Draft, sent: MessageSent) => void;
}

export interface Device {
  readonly book: Book;
  readonly connected: boolean;
  /** Connected, caught up, nothing unanswered. */
  readonly settled: boolean;
  open(): void;
  /** Sends until acknowledged. */
  send(draft: Draft): void;
  /** Loses its connection, as a phone in a tunnel does, and comes back by itself. */
  drop(): void;
  /** Asks for everything newer than it holds. */
  sync(): void;
  /** Each second: time-outs, gaps, confirmations, HEALTH_CHECK. */
  tick(now: number): void;
  close(): void;
}

/** A gap may be reordering for so long. */
const GAP_MS = 100;
const HEALTH_MS = 60_000;

export function device({ person, gateways, home, ...options }: DeviceOptions): Device {
  const book = openBook();
  const outbox = new Map<number, Draft>();
  const confirmations = openConfirmations();
  let connection: Connection | undefined;
  let number = 0;
  let gateway = home;
  let up = false;
  let closed = false;
  let syncing: "no" | "running" | "again" = "no";
  let caughtUp = false;
  let failures = 0;
  let toldDelay: number | undefined;
  let lostAt: number | undefined;
  let gapTimer = false;
  let healthAt = Date.now() + Math.random() * HEALTH_MS;

  function open(): void {
    if (closed) return;
    const asked = Date.now();
    const mine = ++number;
    const auth = { token: person.token, deviceId: person.deviceId };
    connection = openConnection(gateways[gateway % gateways.length] ?? "", auth, {
      up() {
        up = true;
        failures = 0;
        metrics.connected(Date.now() - asked);
        sync();
        for (const draft of outbox.values()) put(draft, true);
      },
      event: (name, payload) => heard(name, payload, mine),
      down: lost,
    });
  }

  function lost(reason: string, refusal?: string): void {
    connection = undefined;
    up = false;
    caughtUp = false;
    syncing = "no";
    if (closed) return;
    lostAt ??= Date.now();
    metrics.disconnected(refusal ?? reason);
    // A load balancer would find another one, too.
    gateway++;
    const delay = toldDelay ?? backoff(failures++);
    toldDelay = undefined;
    if (refusal === "UNAUTHENTICATED") renew(person).then(() => later(open, delay));
    else later(open, delay);
  }

  function put(draft: Draft, again: boolean): void {
    if (again) metrics.repeated();
    const { tempId, content, to } = draft;
    connection?.ask("NEW_MESSAGE", { ...to, content, tempId }, (answer) => answered(draft, answer));
  }

  function answered(draft: Draft, answer: Answer): void {
    if (answer === undefined) return; // sent again with the next connection
    if (!answer.ok) {
      metrics.refused("NEW_MESSAGE", answer.error.code);
      const wait = (answer.error.retryAfter ?? 1) * 1000;
      later(() => up && outbox.has(draft.mark) && put(draft, true), wait);
      return;
    }
    const sent = answer.data as MessageSent;
    outbox.delete(draft.mark);
    // A repeat's version may be that of a later change: only SYNC knows the steps between.
    if (sent.duplicate) sync();
    else
      take({ conversationId: sent.conversationId, seq: sent.seq, version: sent.version, mark: draft.mark });
    options.onAcknowledged(draft, sent);
  }

  function heard(name: string, payload: () => unknown, on: number): void {
    if (name === "NEW_MESSAGE") {
      const message = noted(payload() as RawMessage);
      if (take(message, on)) held(message);
    } else if (name === "RECONNECT") toldDelay = (payload() as { delayMs: number }).delayMs;
    else if (name === "FORCE_DISCONNECT" && (payload() as { reason: string }).reason === "TOKEN_EXPIRED") {
      connection?.close("token", "UNAUTHENTICATED");
    } else if (name === "ERROR") metrics.refused("ERROR", String((payload() as { code?: string }).code));
  }

  function take(message: Noted, on?: number): boolean {
    const fresh = book.receive(message, on);
    if (book.behind && !gapTimer) {
      gapTimer = true;
      later(() => {
        gapTimer = false;
        if (!book.behind || !up || syncing !== "no") return;
        metrics.gap();
        sync();
      }, GAP_MS);
    }
    return fresh;
  }

  function held(message: Noted): void {
    confirmations.note(message);
    options.onMessage(message);
  }

  function sync(): void {
    if (!up) return;
    if (syncing !== "no") {
      syncing = "again";
      return;
    }
    syncing = "running";
    connection?.ask("SYNC", { conversations: book.versions() }, (answer) => {
      if (answer === undefined) return;
      if (!answer.ok) {
        metrics.refused("SYNC", answer.error.code);
        syncing = "no";
        later(sync, (answer.error.retryAfter ?? 0.5) * 1000);
        return;
      }
      const { conversations } = answer.data as SyncResponse;
      for (const { messages, ...delta } of conversations) {
        for (const message of book.merge({ ...delta, messages: messages.map(noted) })) {
          if (message.senderId !== person.id) held(message);
        }
      }
      const more = syncing === "again" || conversations.some(({ limited }) => limited);
      syncing = "no";
      if (more) sync();
      else becomeConsistent();
    });
  }

  function becomeConsistent(): void {
    caughtUp = true;
    if (lostAt !== undefined) metrics.consistent(Date.now() - lostAt);
    lostAt = undefined;
  }

  function noted({ conversationId, seq, version, content, senderId }: RawMessage) {
    return { conversationId, seq, version, mark: options.markOf(content), senderId };
  }

  function askHealth(): void {
    connection?.ask("HEALTH_CHECK", {}, (answer) => {
      if (!answer?.ok) return;
      const { versions } = answer.data as { versions: Record<string, number> };
      if (Object.entries(versions).some(([id, version]) => version > book.versionOf(id))) sync();
    });
  }

  function later(act: () => void, ms: number): void {
    setTimeout(() => {
      if (!closed) act();
    }, ms);
  }

  return {
    book,
    get connected() {
      return up;
    },
    get settled() {
      return up && caughtUp && syncing === "no" && outbox.size === 0 && !book.behind;
    },
    open,
    send(draft) {
      outbox.set(draft.mark, draft);
      if (up) put(draft, false);
    },
    drop: () => connection?.close("dropped"),
    sync,
    tick(now) {
      connection?.watch(now);
      if (!up) return;
      confirmations.flush((reached) => connection?.tell("MESSAGE_DELIVERED", reached));
      if (now < healthAt) return;
      healthAt = now + HEALTH_MS;
      askHealth();
    },
    close() {
      closed = true;
      connection?.close("done");
    },
  };
}

interface RawMessage {
  readonly conversationId: string;
  readonly seq: number;
  readonly version: number;
  readonly content: string;
  readonly senderId: string;
}
