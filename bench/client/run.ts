import { randomUUID } from "node:crypto";
import { Ledger, type RunResult } from "./ledger.ts";
import type { Link, LinkListener } from "./link.ts";
import type { Topology } from "./topology.ts";

/** One run of load. */
export interface Load {
  /** Messages a second, at fixed intervals. */
  rate: number;
  messages: number;
  /** Characters of each content, at least 40. */
  size: number;
}

const quietMs = 3_000;
const drainMs = 20_000;
const marker = '"content":"b|';

/** How many ended connections are worth a line: a gateway that goes ends them all. */
const toldEnds = 5;

let ended = 0;
let runs = 0;
let nextId = 1;
let current: { run: number; base: number; ledger: Ledger } | undefined;

/** Books what comes in for the current run; what an earlier one left behind is ignored. */
export const bookkeeper: LinkListener = {
  acknowledgement(_link, id, frame) {
    if (!current || id < current.base) return;
    const i = id - current.base;
    if (frame.indexOf('[{"ok":true') < 0) current.ledger.refuse(frame);
    else current.ledger.acknowledged(i, numberAfter(frame, '"seq":'), performance.now());
  },
  event(link, frame) {
    if (!frame.startsWith('42/ws,["NEW_MESSAGE"')) return;
    const at = frame.indexOf(marker) + marker.length;
    if (!current || at < marker.length) return;
    const bar = frame.indexOf("|", at);
    if (digits(frame, at) !== current.run) return;
    current.ledger.delivered(
      digits(frame, bar + 1),
      link.index,
      numberAfter(frame, '"seq":'),
      performance.now(),
    );
  },
  closed(link, reason) {
    ended++;
    if (ended <= toldEnds) console.error(`  bench client: connection ${link.index} ended: ${reason}`);
    if (ended === toldEnds) console.error("  bench client: further ones are not told");
  },
};

/**
 * Sends `load` in an open loop: message i is due at start + i / rate whatever came of those before, and every
 * latency counts from there, so that a server that stalls cannot hide it (no coordinated omission). Resolves
 * when all is delivered, or when nothing has moved for 3 s.
 */
export function run(links: readonly Link[], topology: Topology, load: Load): Promise<RunResult> {
  const interval = 1000 / load.rate;
  const ledger = new Ledger(topology, load.messages, interval);
  const number = ++runs;
  const base = nextId;
  nextId += load.messages;
  current = { run: number, base, ledger };
  const family = randomUUID().slice(0, 24); // with twelve digits of i: as long as a real tempId
  const padding = "x".repeat(Math.max(0, load.size - 20));
  let next = 0;

  function send(i: number, now: number): void {
    const content = `b|${number}|${i}|${padding}`;
    const tempId = family + String(i).padStart(12, "0");
    links[topology.senderOf(i)]!.send(
      `42/ws,${base + i}["NEW_MESSAGE",{${topology.addressOf(i)},"content":"${content}","tempId":"${tempId}"}]`,
    );
    ledger.sent(i, now);
  }

  return new Promise((resolve) => {
    function pump(): void {
      while (next < ledger.total && ledger.due(next) <= performance.now()) send(next++, performance.now());
      if (next < ledger.total) setTimeout(pump, Math.max(1, ledger.due(next) - performance.now()));
      else untilDrained(ledger, resolve);
    }
    ledger.start = performance.now() + 5;
    setTimeout(pump, 5);
  });
}

function untilDrained(ledger: Ledger, resolve: (result: RunResult) => void): void {
  const deadline = performance.now() + drainMs;
  let before = -1;
  let quietSince = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const moved = ledger.answered + ledger.deliveries;
    if (moved !== before) quietSince = now;
    before = moved;
    if (!ledger.complete && now - quietSince < quietMs && now < deadline) return;
    clearInterval(timer);
    // A moment more for what must not come: duplicates and messages for others.
    setTimeout(() => {
      current = undefined;
      resolve(ledger.result());
    }, 50);
  }, 20);
}

function digits(text: string, from: number): number {
  let value = 0;
  for (let i = from; ; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return value;
    value = value * 10 + digit;
  }
}

function numberAfter(text: string, name: string): number {
  const at = text.indexOf(name);
  return at < 0 ? -1 : digits(text, at + name.length);
}
