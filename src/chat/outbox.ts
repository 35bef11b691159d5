import { setTimeout as delay } from "node:timers/promises";
import { errorKinds } from "../protocol/errors.ts";
import type { MessageSent } from "../protocol/message.ts";
import type { Connection } from "./connection.ts";
import type { StateFile, Unsent } from "./state-file.ts";

export type OutboxEvents = {
  readonly onSent: (message: Unsent, answer: MessageSent) => void;
  /** The server will never take this one: `why` is for a person to read. */
  readonly onRefused: (message: Unsent, why: string) => void;
  /** Tells once, when a message has to wait for longer than a moment. */
  readonly onWaiting: (message: Unsent, why: string) => void;
};

/**
 * What the user said and the server has not acknowledged, on disk and in order. One is on its way at a time, always
 * with the tempId it was given first, so that a repeat is harmless; it leaves the disk after its acknowledgement.
 */
export class Outbox {
  readonly #file: StateFile;
  readonly #connection: Connection;
  readonly #events: OutboxEvents;
  #pumping: Promise<void> | undefined;
  #told = "";

  constructor(file: StateFile, connection: Connection, events: OutboxEvents) {
    this.#file = file;
    this.#connection = connection;
    this.#events = events;
  }

  get size(): number {
    return this.#file.state.outbox.length;
  }

  add(message: Unsent): void {
    this.#file.state.outbox.push(message);
    this.#file.save();
    if (!this.#connection.up) this.#tell(message, "it will be sent when the connection is back");
    void this.pump();
  }

  /** Sends what there is while the connection is up; resolves when nothing is left or it went down. */
  pump(): Promise<void> {
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = undefined;
    });
    return this.#pumping;
  }

  async #run(): Promise<void> {
    for (let failures = 0; this.#connection.up; ) {
      const next = this.#file.state.outbox[0];
      if (!next) return;
      const answer = await this.#connection.ask<MessageSent>("NEW_MESSAGE", next);
      if (answer?.ok) {
        this.#drop(next);
        this.#events.onSent(next, answer.data);
        failures = 0;
        continue;
      }
      if (answer && !errorKinds[answer.error.code]?.retry) {
        this.#drop(next);
        this.#events.onRefused(next, answer.error.message);
        continue;
      }
      failures += 1;
      this.#tell(next, answer?.error.message ?? "no answer yet, trying again");
      await delay(
        answer?.error.retryAfter ? answer.error.retryAfter * 1_000 : Math.min(5_000, 250 * failures),
      );
    }
  }

  #drop(message: Unsent): void {
    this.#file.state.outbox = this.#file.state.outbox.filter((other) => other.tempId !== message.tempId);
    this.#file.save();
  }

  #tell(message: Unsent, why: string): void {
    if (this.#told === message.tempId) return;
    this.#told = message.tempId;
    this.#events.onWaiting(message, why);
  }
}
