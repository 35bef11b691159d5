/**
 * One VU's circle of people: whoever is to get a message is in the VU that sends it, so that sender's and receivers'
 * times are of one clock, and who got what can be judged without asking anybody.
 */
import { clearInterval, setInterval, setTimeout } from "k6/timers";
import type { Noted } from "./book.ts";
import { type Device, type Draft, device } from "./device.ts";
import { openLedger, type Verdict } from "./ledger.ts";
import * as metrics from "./metrics.ts";
import { makeGroup, type Person, signUp } from "./people.ts";
import type { Settings } from "./settings.ts";

/** Messages due within so long go out together: a timer for each costs more than the message. */
const TURN_MS = 4;

export interface Circle {
  readonly devices: readonly Device[];
  /** Opens all connections, each at its moment; resolves when all are up and caught up, or at `deadline`. */
  connect(begin: number, deadline: number): Promise<void>;
  /** Sends in an open loop from `begin` on (ms since 1970): each message has its moment, whatever became of others. */
  talk(begin: number): Promise<void>;
  /** Resolves when everybody holds everything, or after `ms`; then nothing is missing that will still come. */
  settle(ms: number): Promise<void>;
  judge(): Verdict;
  close(): void;
}

/** Signs everybody up. `vu` counts from 0. */
export function gather(settings: Settings, vu: number): Circle {
  const { urls, people: size, talkers, vus } = settings;
  const run = `${vu}${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  const people = signUp(run, size, urls);
  const groups = groupsOf(settings, people);
  const members = new Map<string, number[]>([...groups].map(([id, inside]) => [id, inside]));
  const groupIds = [...groups.keys()];
  const ledger = openLedger();
  const dues: number[] = [];
  const due = (mark: number) => dues[mark] ?? Date.now();
  const prefix = `load|${run}|`;
  const padding = "x".repeat(Math.max(0, settings.size - prefix.length - 7));

  function markOf(content: string): number {
    return content.startsWith(prefix) ? Number.parseInt(content.slice(prefix.length), 10) : -1;
  }
  const devices = people.map((person, i) =>
    device({
      person,
      gateways: urls,
      home: i,
      markOf,
      onMessage: ({ mark }: Noted) => metrics.delivered(Date.now() - due(mark)),
      onAcknowledged({ mark }: Draft, { conversationId, seq }) {
        metrics.acknowledged(Date.now() - due(mark));
        ledger.acknowledge(mark, { conversationId, seq });
        if (!members.has(conversationId)) members.set(conversationId, [i, i ^ 1]);
      },
    }),
  );
  const ticking = setInterval(() => {
    const now = Date.now();
    for (const each of devices) each.tick(now);
    metrics.flush();
  }, 1000);

  function say(n: number, at: number): void {
    const sender = n % talkers;
    const group = groupIds[Math.floor(sender / Math.max(1, settings.group))];
    const partner = people[sender ^ 1]?.id ?? "";
    const mark = ledger.send(sender);
    dues[mark] = at;
    metrics.sent(Date.now() - at);
    devices[sender]?.send({
      mark,
      tempId: `${run}-${mark}`,
      content: `${prefix}${mark}|${padding}`,
      to: group === undefined ? { receiverId: partner } : { conversationId: group },
    });
  }

  return {
    devices,
    async connect(begin, deadline) {
      for (const [i, each] of devices.entries()) {
        const at = begin + ((i * vus + vu) / (size * vus)) * settings.ramp * 1000;
        setTimeout(() => each.open(), Math.max(0, at - Date.now()));
      }
      await until(() => devices.every(({ settled }) => settled), deadline);
    },
    async talk(begin) {
      const total = Math.floor((settings.rate * settings.seconds) / vus);
      const dueAt = (n: number) => begin + ((n * vus + vu) * 1000) / settings.rate;
      for (let n = 0; n < total; ) {
        const now = Date.now();
        while (n < total && dueAt(n) <= now) say(n, dueAt(n++));
        if (n < total) await sleep(Math.max(TURN_MS, dueAt(n) - Date.now()));
      }
    },
    async settle(ms) {
      const deadline = Date.now() + ms;
      await until(() => ledger.answered === ledger.sent && devices.every(({ settled }) => settled), deadline);
      // What a live event did not bring, everybody asks for once more: the last one may be the lost one.
      await sleep(500);
      for (const each of devices) each.sync();
      await until(() => devices.every(({ settled }) => settled), deadline);
    },
    judge: () =>
      ledger.judge(
        devices.map(({ book }) => book),
        (id) => members.get(id) ?? [],
      ),
    close() {
      clearInterval(ticking);
      for (const each of devices) each.close();
    },
  };
}

/** The groups of this VU's people: id → indexes; none where people talk in pairs. */
function groupsOf({ group, urls }: Settings, people: readonly Person[]): Map<string, number[]> {
  const groups = new Map<string, number[]>();
  for (let from = 0; group > 0 && from < people.length; from += group) {
    const inside = Array.from({ length: group }, (_, i) => from + i);
    groups.set(makeGroup(people.slice(from, from + group), urls[0] ?? ""), inside);
  }
  return groups;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(holds: () => boolean, deadline: number): Promise<void> {
  while (!holds() && Date.now() < deadline) await sleep(100);
}
