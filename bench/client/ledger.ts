import { type Quantiles, quantiles } from "./quantiles.ts";
import type { Topology } from "./topology.ts";

/** What one run came to. Latencies are ms from the intended send time. */
export interface RunResult {
  messages: number;
  /** Acknowledged with ok, refused with an error, never answered. */
  acknowledged: number;
  refused: number;
  unanswered: number;
  /** Deliveries of acknowledged messages that never came. */
  lost: number;
  duplicated: number;
  /** Deliveries to somebody who is not a receiver. */
  misdelivered: number;
  /** Deliveries to a receiver after one with a higher seq of the same conversation. */
  outOfSeq: number;
  /** Deliveries to a receiver after a later one of the same sender. */
  outOfSenderOrder: number;
  /** Numbers missing or given twice in a conversation's seq, from the acknowledgements. */
  gaps: number;
  acknowledgedPerSecond: number;
  deliveredPerSecond: number;
  ack: Quantiles;
  delivery: Quantiles;
  /** How late the client itself was in sending: where this is not small, the client was the bottleneck. */
  lag: Quantiles;
  firstRefusal?: string;
}

/** Books every send, acknowledgement and delivery of one run in flat arrays: no object for each message. */
export class Ledger {
  readonly total: number;
  /** Of the first message, on performance.now()'s clock. */
  start = 0;
  answered = 0;
  deliveries = 0;
  duplicated = 0;
  misdelivered = 0;
  outOfSeq = 0;
  outOfSenderOrder = 0;
  refused = 0;
  firstRefusal: string | undefined;
  readonly #topology: Topology;
  readonly #interval: number;
  readonly #ackLatency: Float32Array;
  readonly #deliveryLatency: Float32Array;
  readonly #lag: Float32Array;
  readonly #seqs: Int32Array;
  readonly #lastSeq: Int32Array;
  readonly #lastOfSender: Int32Array;
  #lastAck = 0;
  #lastDelivery = 0;

  constructor(topology: Topology, total: number, interval: number) {
    this.total = total;
    this.#topology = topology;
    this.#interval = interval;
    this.#ackLatency = new Float32Array(total).fill(-1);
    this.#deliveryLatency = new Float32Array(total * topology.slots).fill(-1);
    this.#lag = new Float32Array(total).fill(-1);
    this.#seqs = new Int32Array(total).fill(-1);
    this.#lastSeq = new Int32Array(topology.links).fill(-1);
    this.#lastOfSender = new Int32Array(topology.links * topology.links).fill(-1);
  }

  /** When message `i` is due, on performance.now()'s clock. */
  due(i: number): number {
    return this.start + i * this.#interval;
  }

  sent(i: number, now: number): void {
    this.#lag[i] = now - this.due(i);
  }

  acknowledged(i: number, seq: number, now: number): void {
    if (this.#ackLatency[i]! >= 0) return;
    this.#ackLatency[i] = now - this.due(i);
    this.#seqs[i] = seq;
    this.answered++;
    this.#lastAck = now;
  }

  refuse(reason: string): void {
    this.answered++;
    this.refused++;
    this.firstRefusal ??= reason;
  }

  delivered(i: number, link: number, seq: number, now: number): void {
    const { slots, links } = this.#topology;
    const slot = this.#topology.slotOf(i, link);
    if (slot < 0) {
      this.misdelivered++;
      return;
    }
    const index = i * slots + slot;
    if (this.#deliveryLatency[index]! >= 0) {
      this.duplicated++;
      return;
    }
    this.#deliveryLatency[index] = now - this.due(i);
    this.deliveries++;
    this.#lastDelivery = now;
    const stream = link * links + this.#topology.senderOf(i);
    if (seq < this.#lastSeq[link]!) this.outOfSeq++;
    if (i < this.#lastOfSender[stream]!) this.outOfSenderOrder++;
    this.#lastSeq[link] = seq;
    this.#lastOfSender[stream] = i;
  }

  /** Whether everything has been answered and delivered. */
  get complete(): boolean {
    return (
      this.answered === this.total && this.deliveries >= (this.total - this.refused) * this.#topology.fanout
    );
  }

  result(): RunResult {
    const { slots, fanout } = this.#topology;
    let acknowledged = 0;
    let lost = 0;
    for (let i = 0; i < this.total; i++) {
      if (this.#ackLatency[i]! < 0) continue;
      acknowledged++;
      let reached = 0;
      for (let slot = 0; slot < slots; slot++) if (this.#deliveryLatency[i * slots + slot]! >= 0) reached++;
      lost += fanout - reached;
    }
    const offered = this.total * this.#interval;
    const perSecond = (count: number, last: number) => (1000 * count) / Math.max(offered, last - this.start);
    return {
      messages: this.total,
      acknowledged,
      refused: this.refused,
      unanswered: this.total - this.answered,
      lost,
      duplicated: this.duplicated,
      misdelivered: this.misdelivered,
      outOfSeq: this.outOfSeq,
      outOfSenderOrder: this.outOfSenderOrder,
      gaps: this.#gaps(),
      acknowledgedPerSecond: perSecond(acknowledged, this.#lastAck),
      deliveredPerSecond: perSecond(this.deliveries, this.#lastDelivery),
      ack: quantiles(this.#ackLatency),
      delivery: quantiles(this.#deliveryLatency),
      lag: quantiles(this.#lag),
      ...(this.firstRefusal !== undefined && { firstRefusal: this.firstRefusal }),
    };
  }

  #gaps(): number {
    const { conversations } = this.#topology;
    const least = new Int32Array(conversations).fill(2 ** 31 - 1);
    const most = new Int32Array(conversations).fill(-1);
    const distinct = Array.from({ length: conversations }, () => new Set<number>());
    let twice = 0;
    for (let i = 0; i < this.total; i++) {
      const seq = this.#seqs[i]!;
      if (seq < 0) continue;
      const conversation = this.#topology.conversationOf(i);
      const seen = distinct[conversation]!;
      if (seen.has(seq)) twice++;
      seen.add(seq);
      if (seq < least[conversation]!) least[conversation] = seq;
      if (seq > most[conversation]!) most[conversation] = seq;
    }
    let missing = 0;
    for (let c = 0; c < conversations; c++) {
      const size = distinct[c]!.size;
      if (size > 0) missing += most[c]! - least[c]! + 1 - size;
    }
    return missing + twice;
  }
}
