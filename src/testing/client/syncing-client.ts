import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { GatewayLink, type LinkKind } from "./gateway-link.ts";
import { ownMessage } from "./own-message.ts";
import { type Outcome, type PersistOptions, persist } from "./persist.ts";
import { type Change, changeOf, type Replica } from "./replica.ts";
import { Replicas } from "./replicas.ts";
import type {
  HealthAnswer,
  MessageDeleted,
  MessageEdited,
  MessageSent,
  ReactionChanged,
  SyncAnswer,
} from "./wire.ts";

export type SyncingClientOptions = {
  readonly urls: readonly string[];
  readonly userId: string;
  readonly token: string;
  readonly deviceId?: string;
  /** How long a gap may be reordering before it is a loss, in milliseconds (75). */
  readonly gapWaitMs?: number;
  /** How often HEALTH_CHECK asks for versions, in milliseconds (1,000). */
  readonly healthEveryMs?: number;
  /** Sees everything the server tells this client: live events by name, `SYNC`, `HEALTH_RESPONSE`, acknowledgements. */
  readonly observe?: (event: string, payload: unknown) => void;
  readonly link?: LinkKind;
  /** Called after each (re)connect, before it catches up. */
  readonly onUp?: (client: SyncingClient) => void;
};

type Target = { readonly conversationId: string } | { readonly receiverId: string };

/**
 * A correct client of shared/contract.md: live events are its fast path and SYNC its truth. It survives the loss of
 * any gateway, of any live event, and of any acknowledgement.
 */
export class SyncingClient {
  readonly userId: string;
  readonly deviceId: string;
  readonly #options: SyncingClientOptions;
  readonly #link: GatewayLink;
  readonly #closed = new AbortController();
  #health: NodeJS.Timeout | undefined;
  #gapTimer: NodeJS.Timeout | undefined;
  #sync: Promise<boolean> | undefined;
  #syncAgain = false;
  readonly #replicas = new Replicas();

  constructor(options: SyncingClientOptions) {
    this.#options = options;
    this.userId = options.userId;
    this.deviceId = options.deviceId ?? randomUUID();
    this.#link = new GatewayLink({
      urls: options.urls,
      token: options.token,
      deviceId: this.deviceId,
      onEvent: (event, payload) => this.#heard(event, payload),
      onUp: () => {
        options.onUp?.(this);
        void this.sync();
      },
      ...options.link,
    });
  }

  /** What it holds, by conversation. */
  get conversations(): ReadonlyMap<string, Replica> {
    return this.#replicas.byId;
  }

  get connected(): boolean {
    return this.#link.client !== undefined;
  }

  /** Goes online, at this gateway if it answers (a new connection in any case); does not wait for it. */
  async online(gateway?: number): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#health ??= setInterval(() => void this.#askHealth(), this.#options.healthEveryMs ?? 1_000);
    await this.#link.online(gateway);
  }

  /** Drops the connection and stays offline; what is being sent waits. */
  offline(): Promise<void> {
    return this.#link.offline();
  }

  /** Ends for good. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearInterval(this.#health);
    clearTimeout(this.#gapTimer);
    await this.#link.offline();
    await this.#sync;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Resolves once connected; rejects when that takes longer. */
  async connectedWithin(ms: number): Promise<void> {
    const client = await this.#link.up(AbortSignal.any([AbortSignal.timeout(ms), this.#closed.signal]));
    if (!client) throw new Error(`${this.userId} not connected within ${ms} ms`);
  }

  /** Whether what the client holds comes to satisfy this, looked at after every change, within `ms`. */
  waitUntil(holds: () => boolean, ms: number): Promise<boolean> {
    return this.#replicas.waitUntil(holds, AbortSignal.any([AbortSignal.timeout(ms), this.#closed.signal]));
  }

  /** Sends until acknowledged, always with the same tempId. Never rejects. */
  async send(
    message: Target & { readonly content: string; readonly tempId?: string },
    options: PersistOptions,
  ): Promise<Outcome<MessageSent>> {
    const payload = { tempId: randomUUID(), ...message };
    const outcome = await this.perform<MessageSent>("NEW_MESSAGE", payload, options);
    if (outcome.end === "ok") {
      const { conversationId, version, duplicate } = outcome.data;
      // A repeat's version may be that of a later change of the message: only SYNC knows the steps between.
      if (duplicate) this.#hint(conversationId, version);
      else
        this.#receive(conversationId, {
          kind: "message",
          version,
          message: ownMessage(this.userId, payload, outcome.data),
        });
    }
    return outcome;
  }

  /** Edits until answered. Never rejects. */
  async edit(messageId: string, content: string, options: PersistOptions): Promise<Outcome<MessageEdited>> {
    const outcome = await this.perform<MessageEdited>("EDIT_MESSAGE", { messageId, content }, options);
    this.#acknowledged(outcome);
    return outcome;
  }

  /** Deletes until answered. Never rejects. */
  async delete(messageId: string, options: PersistOptions): Promise<Outcome<MessageDeleted>> {
    const outcome = await this.perform<MessageDeleted>("DELETE_MESSAGE", { messageId }, options);
    this.#acknowledged(outcome);
    return outcome;
  }

  /** Adds or removes a reaction until answered. Never rejects. */
  async react(
    messageId: string,
    emoji: string,
    present: boolean,
    options: PersistOptions,
  ): Promise<Outcome<ReactionChanged>> {
    const event = present ? "ADD_REACTION" : "REMOVE_REACTION";
    const outcome = await this.perform<ReactionChanged>(event, { messageId, emoji }, options);
    this.#acknowledged(outcome);
    return outcome;
  }

  /** Emits any event until it is accepted or refused. Never rejects. */
  async perform<T>(event: string, payload: unknown, options: PersistOptions): Promise<Outcome<T>> {
    const signal = AbortSignal.any([options.signal, this.#closed.signal]);
    const outcome = await persist<T>((s) => this.#link.up(s), event, payload, { ...options, signal });
    if (outcome.end === "ok") this.#options.observe?.(`ack ${event}`, outcome.data);
    return outcome;
  }

  /** Catches up now. True once an answer that was complete has been taken in; false if the connection was lost. */
  sync(): Promise<boolean> {
    if (this.#sync) {
      this.#syncAgain = true;
      return this.#sync;
    }
    this.#sync = this.#catchUp().finally(() => {
      this.#sync = undefined;
    });
    return this.#sync;
  }

  async #catchUp(): Promise<boolean> {
    for (let failures = 0; ; ) {
      const client = this.#link.client;
      if (!client || this.#closed.signal.aborted) return false;
      this.#syncAgain = false;
      const answer = await client
        .emit<SyncAnswer>("SYNC", { conversations: this.#replicas.versions() }, 5_000)
        .catch(() => undefined);
      if (!answer?.ok) {
        // With the connection gone, the next one starts a catch-up of its own.
        failures += 1;
        await delay(Math.min(1_000, 100 * failures), undefined, { signal: this.#closed.signal }).catch(
          () => {},
        );
        continue;
      }
      failures = 0;
      this.#options.observe?.("SYNC", answer.data);
      const more = this.#replicas.merge(answer.data);
      if (!more && !this.#syncAgain) {
        this.#watchGaps();
        return true;
      }
    }
  }

  #heard(event: string, payload: unknown): void {
    this.#options.observe?.(event, payload);
    const found = changeOf(event, payload);
    if (found) this.#receive(found.conversationId, found.change);
    const { conversationId, userId } = (payload ?? {}) as { conversationId?: string; userId?: string };
    if (event === "PARTICIPANT_REMOVED" && userId === this.userId && conversationId) {
      this.#replicas.drop(conversationId);
    }
  }

  /**
   * An acknowledged change is only a hint that there is something to SYNC. What was so already (a reaction taken back
   * that was not there) is acknowledged with the row's version, which another's change may have made: to apply the
   * answer as that version would skip the other change for ever.
   */
  #acknowledged(outcome: Outcome<{ conversationId: string; version: number }>): void {
    if (outcome.end === "ok") this.#hint(outcome.data.conversationId, outcome.data.version);
  }

  #receive(conversationId: string, change: Change): void {
    this.#replicas.receive(conversationId, change);
    this.#watchGaps();
  }

  #hint(conversationId: string, version: number): void {
    if (this.#replicas.versionOf(conversationId) < version) void this.sync();
  }

  #watchGaps(): void {
    if (this.#gapTimer || !this.#replicas.behind) return;
    this.#gapTimer = setTimeout(() => {
      this.#gapTimer = undefined;
      if (this.#replicas.behind) void this.sync();
    }, this.#options.gapWaitMs ?? 75);
  }

  async #askHealth(): Promise<void> {
    const answer = await this.#link.client
      ?.emit<HealthAnswer>("HEALTH_CHECK", {}, 3_000)
      .catch(() => undefined);
    if (!answer?.ok) return;
    this.#options.observe?.("HEALTH_RESPONSE", answer.data);
    const newer = Object.entries(answer.data.versions ?? {}).some(
      ([id, version]) => version > this.#replicas.versionOf(id),
    );
    if (newer) void this.sync();
  }
}
