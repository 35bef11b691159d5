/**
 * k6's metrics of a run: one function for each event. With k6's Prometheus output a trend `chat_delivery` is there as
 * `k6_chat_delivery_p99` and so on, in seconds, and a counter `chat_sent` as `k6_chat_sent_total`.
 */
import { Counter, Trend } from "k6/metrics";
import type { Verdict } from "./ledger.ts";

const connecting = new Trend("chat_connecting", true);
const acknowledging = new Trend("chat_acknowledgement", true);
const delivery = new Trend("chat_delivery", true);
const lateness = new Trend("chat_lateness", true);
const reconnecting = new Trend("chat_reconnect", true);
const counters = {
  connects: new Counter("chat_connects"),
  disconnects: new Counter("chat_disconnects"),
  sent: new Counter("chat_sent"),
  delivered: new Counter("chat_delivered"),
  repeated: new Counter("chat_repeated"),
  refused: new Counter("chat_refused"),
  gaps: new Counter("chat_gaps"),
  lost: new Counter("chat_lost"),
  duplicates: new Counter("chat_duplicates"),
  disorder: new Counter("chat_disorder"),
  strangers: new Counter("chat_strangers"),
  unanswered: new Counter("chat_unanswered"),
  verdicts: new Counter("chat_verdicts"),
};

/** A connection is up, `ms` after it was asked for. */
export function connected(ms: number): void {
  connecting.add(ms);
  counters.connects.add(1);
}

export function disconnected(reason: string): void {
  counters.disconnects.add(1, { reason });
}

// Added up by each VU and told once a second: a sample for each would cost as much as the message.
let sentSince = 0;
let deliveredSince = 0;

/** What was counted since the last call becomes samples. Call it each second, and at the end. */
export function flush(): void {
  if (sentSince > 0) counters.sent.add(sentSince);
  if (deliveredSince > 0) counters.delivered.add(deliveredSince);
  sentSince = 0;
  deliveredSince = 0;
}

/** A message went out, `late` ms after it was due: what k6 itself could not keep up with. */
export function sent(late: number): void {
  sentSince++;
  lateness.add(late);
}

/** The same message went out again, since its answer was lost with a connection. */
export function repeated(): void {
  counters.repeated.add(1);
}

/** The acknowledgement came `ms` after the message was due. */
export function acknowledged(ms: number): void {
  acknowledging.add(ms);
}

/** Something was answered with an error. */
export function refused(event: string, code: string): void {
  counters.refused.add(1, { event, code });
}

/** Another device holds the message, live or by SYNC, `ms` after it was due. */
export function delivered(ms: number): void {
  delivery.add(ms);
  deliveredSince++;
}

/** A device found that it missed something, and asked. */
export function gap(): void {
  counters.gaps.add(1);
}

/** A device is consistent again, `ms` after it lost its connection. */
export function consistent(ms: number): void {
  reconnecting.add(ms);
}

/** What came out for one circle of people. */
export function judged(verdict: Verdict): void {
  flush();
  for (const name of ["lost", "duplicates", "disorder", "strangers", "unanswered"] as const) {
    counters[name].add(verdict[name]);
  }
  counters.verdicts.add(1);
}
