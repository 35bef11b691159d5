import { setTimeout as delay } from "node:timers/promises";
import type { PersistOptions } from "../client/persist.ts";
import type { SyncingClient } from "../client/syncing-client.ts";
import { type People, type Place, placesOf } from "./people.ts";
import { marked } from "./record.ts";
import { endOf } from "./recorder.ts";
import type { Schedule, Step } from "./schedule.ts";

/** The round's time line: when it began (`performance.now()`), and its length in milliseconds. */
export type Clock = { readonly startedAt: number; readonly lengthMs: number };

/** Waits until a moment of the round, given in thousandths of it. */
export async function until(clock: Clock, at: number): Promise<void> {
  const left = clock.startedAt + (at / 1_000) * clock.lengthMs - performance.now();
  if (left > 0) await delay(left);
}

/**
 * Does what the schedule says, each step at its moment and without waiting for those before; resolves when all have
 * ended. `giveUp` ends what is still unanswered then: its records say that nobody knows.
 */
export async function act(
  people: People,
  schedule: Schedule,
  clock: Clock,
  giveUp: AbortSignal,
): Promise<void> {
  const running: Promise<void>[] = [];
  let words = 0;
  await Promise.all(
    schedule.actors.map(async (actor, i) => {
      for (const step of actor.steps) {
        await until(clock, step.at);
        words += 1;
        running.push(new Actor(people, i, giveUp).take(step, `${people.runId}.${words}`, clock));
      }
    }),
  );
  await Promise.all(running);
}

/** One actor of the schedule, who does one step after the other and leaves the records of it. */
export class Actor {
  readonly #people: People;
  readonly #device: SyncingClient;
  readonly #options: PersistOptions;

  constructor(people: People, index: number, giveUp: AbortSignal, timeoutMs = 2_000) {
    this.#people = people;
    this.#device = people.devices[index] as SyncingClient;
    this.#options = { signal: giveUp, timeoutMs };
  }

  async take(step: Step, token: string, clock: Clock): Promise<void> {
    switch (step.do) {
      case "send":
        return this.#send(step, token);
      case "edit":
        return this.#edit(step.message, `${marked(token)} ${step.text}`, token);
      case "delete":
        return this.#delete(step.message);
      case "react":
        return this.#react(step.message, step.emoji, step.present);
      case "read":
        return this.#read(step.conversation);
      case "move":
        return this.#device.online(step.gateway);
      case "go offline":
        await this.#device.offline();
        await until(clock, step.at + step.forPart);
        return this.#device.online(step.gateway);
    }
  }

  async #send(step: Step & { do: "send" }, token: string): Promise<void> {
    const { userId } = this.#device;
    const place = this.#place(step.conversation);
    if (!place) return;
    const content = `${marked(token)} ${step.text}`;
    const patience = step.givesUp ? AbortSignal.timeout(100) : this.#options.signal;
    const by = async (device: SyncingClient) => {
      const begunAt = performance.now();
      const signal = AbortSignal.any([patience, this.#options.signal]);
      const outcome = await device.send(
        { ...place.target, content, tempId: token },
        { ...this.#options, signal },
      );
      const result = endOf(outcome, (sent) => ({
        id: sent.dbMessageId,
        conversationId: sent.conversationId,
        seq: sent.seq,
        version: sent.version,
        duplicate: sent.duplicate === true,
      }));
      if (result.end === "ok")
        this.#people.recorder.conversations.get(place.key)?.ids.add(result.conversationId);
      const timed = { begunAt, endedAt: performance.now() };
      this.#people.recorder.sends.push({
        token,
        tempId: token,
        userId,
        conversation: place.key,
        content,
        result,
        ...timed,
      });
    };
    const other = this.#people.devices.find((d) => d.userId === userId && d !== this.#device) ?? this.#device;
    await Promise.all(step.twice ? [by(this.#device), by(other)] : [by(this.#device)]);
  }

  async #edit(message: number, content: string, token: string): Promise<void> {
    const own = this.#own(message);
    if (!own) return;
    const record = { ...own, token, content, begunAt: performance.now() };
    const outcome = await this.#device.edit(own.messageId, content, this.#options);
    const result = endOf(outcome, ({ version }) => ({ version }));
    this.#people.recorder.edits.push({ ...record, endedAt: performance.now(), result });
  }

  async #delete(message: number): Promise<void> {
    const own = this.#own(message);
    if (!own) return;
    const record = { ...own, begunAt: performance.now() };
    const outcome = await this.#device.delete(own.messageId, this.#options);
    const result = endOf(outcome, ({ version }) => ({ version }));
    this.#people.recorder.deletes.push({ ...record, endedAt: performance.now(), result });
  }

  async #react(message: number, emoji: string, present: boolean): Promise<void> {
    const { userId } = this.#device;
    const seen = [...this.#device.conversations.values()].flatMap((c) => c.ordered());
    const chosen = seen[message % Math.max(1, seen.length)];
    const conversation = this.#keyOf(chosen?.conversationId);
    if (!chosen || !conversation) return;
    const about = { userId, conversation, messageId: chosen.id, emoji, present, begunAt: performance.now() };
    const outcome = await this.#device.react(chosen.id, emoji, present, this.#options);
    const result = endOf(outcome, ({ version }) => ({ version }));
    this.#people.recorder.reactions.push({ ...about, endedAt: performance.now(), result });
  }

  async #read(conversation: number): Promise<void> {
    const { userId } = this.#device;
    const open = [...this.#device.conversations.values()].filter((c) => c.messages.size > 0);
    const chosen = open[conversation % Math.max(1, open.length)];
    const key = this.#keyOf(chosen?.id);
    const seq = chosen?.ordered().at(-1)?.seq;
    if (!chosen || !key || seq === undefined) return;
    const record = { userId, conversation: key, seq, begunAt: performance.now() };
    const payload = { conversationId: chosen.id, seq };
    const outcome = await this.#device.perform<object>("MESSAGE_READ", payload, this.#options);
    this.#people.recorder.reads.push({
      ...record,
      endedAt: performance.now(),
      result: endOf(outcome, () => ({})),
    });
  }

  #place(number: number): Place | undefined {
    const places = placesOf(this.#people, this.#device.userId);
    return places[number % places.length];
  }

  /** One of the user's own acknowledged messages. */
  #own(number: number) {
    const { userId } = this.#device;
    const own = this.#people.recorder.sends.flatMap((send) =>
      send.userId === userId && send.result.end === "ok"
        ? [{ userId, conversation: send.conversation, messageId: send.result.id }]
        : [],
    );
    return own[number % Math.max(1, own.length)];
  }

  #keyOf(conversationId: string | undefined): string | undefined {
    if (conversationId === undefined) return undefined;
    return [...this.#people.recorder.conversations.values()].find((c) => c.ids.has(conversationId))?.key;
  }
}
