import { setTimeout as delay } from "node:timers/promises";
import { Actor } from "../history/act.ts";
import { type People, placesOf } from "../history/people.ts";
import { judge } from "../history/run-round.ts";
import type { Schedule } from "../history/schedule.ts";
import { circles, gatherCrowd } from "./crowd.ts";
import { inTurns } from "./in-turns.ts";
import { Meter } from "./meter.ts";
import type { Progress, Report } from "./report.ts";
import { stockClient } from "./stock-client.ts";
import { Truth } from "./truth.ts";

export type TrafficOptions = {
  /** Where clients connect, each to one of them for good. */
  readonly urls: readonly string[];
  readonly clients: number;
  /** Messages a second, by all clients together. */
  readonly rate: number;
  /** How long to send; for ever if absent. */
  readonly seconds?: number;
  /** Ends the sending: what follows is the final check and the report. */
  readonly stop: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
};

/** Connections opened each second at the start. */
const CONNECTS_PER_SECOND = 50;
/** A person with so many unanswered messages waits before writing more. */
const PATIENCE = 5;
/** For an acknowledgement until the message is sent again, in milliseconds. */
const ANSWER_MS = 10_000;
/** For what is unanswered when the sending ends, in milliseconds. */
const LAST_ANSWERS_MS = 60_000;

/**
 * Constant traffic, whatever happens to the platform, and then the verdict on all of it: every acknowledged message
 * once and in order in every participant's view, in nobody else's. Rejects only if the people cannot be gathered.
 */
export async function runTraffic(options: TrafficOptions): Promise<Report> {
  const meter = new Meter();
  const truth = new Truth(meter);
  const crowd: People[] = [];
  const connected = () =>
    crowd.reduce((sum, { devices }) => sum + devices.filter((device) => device.connected).length, 0);
  const ticker = setInterval(() => options.onProgress?.(meter.progress(connected())), 1_000);
  try {
    const link = { keeps: true, dial: (to: Parameters<typeof stockClient>[0]) => stockClient(to, meter) };
    const more = { link, healthEveryMs: 2_500, onUp: truth.connected.bind(truth) };
    crowd.push(...(await gatherCrowd(options.clients, options.urls, more)));
    meter.stage = "connecting";
    await connectAll(crowd);

    meter.restart();
    const startedAt = performance.now();
    const giveUp = new AbortController();
    const until = options.seconds === undefined ? [] : [AbortSignal.timeout(options.seconds * 1_000)];
    const sending = send(crowd, options.rate, AbortSignal.any([options.stop, ...until]), giveUp.signal, {
      meter,
      truth,
    });
    const outstanding = await sending;
    const seconds = (performance.now() - startedAt) / 1_000;
    meter.stage = "draining";
    const patience = setTimeout(() => giveUp.abort(), LAST_ANSWERS_MS);
    await outstanding().finally(() => clearTimeout(patience));
    meter.end();

    meter.stage = "checking";
    const schedules = circles(options.clients);
    const verdicts = await inTurns(3, [...crowd.entries()], ([i, people]) =>
      judge(people, schedules[i] as Schedule, options.urls, giveUp.signal.aborted),
    );
    const violations = verdicts.flatMap((v) => v.violations.map(({ kind, what }) => `${kind}: ${what}`));
    return meter.report(seconds, crowd.flatMap(({ devices }) => devices).length, violations);
  } finally {
    clearInterval(ticker);
    await Promise.all(crowd.flatMap(({ devices }) => devices.map((device) => device.close())));
  }
}

async function connectAll(crowd: readonly People[]): Promise<void> {
  const devices = crowd.flatMap((people) => people.devices);
  for (const [i, device] of devices.entries()) {
    await device.online(i);
    await delay(1_000 / CONNECTS_PER_SECOND);
  }
  await Promise.all(devices.map((device) => device.connectedWithin(60_000)));
}

/** Sends at a constant rate until told to stop; resolves with how to wait for the answers that are still out. */
async function send(
  crowd: readonly People[],
  rate: number,
  stop: AbortSignal,
  giveUp: AbortSignal,
  { meter, truth }: { readonly meter: Meter; readonly truth: Truth },
): Promise<() => Promise<void>> {
  const senders = crowd.flatMap((people) =>
    people.devices.map((device, i) => ({
      people,
      actor: new Actor(people, i, giveUp, ANSWER_MS),
      places: placesOf(people, device.userId).length,
      pending: 0,
    })),
  );
  const running = new Set<Promise<void>>();
  let words = 0;

  const say = async (sender: (typeof senders)[number]) => {
    const token = `${sender.people.runId}.${words++}`;
    const step = {
      at: 0,
      do: "send" as const,
      conversation: Math.floor(Math.random() * sender.places),
      text: "on the way, whatever happens",
      twice: false,
      givesUp: false,
    };
    sender.pending += 1;
    meter.pending += 1;
    await sender.actor.take(step, token, { startedAt: 0, lengthMs: 0 });
    sender.pending -= 1;
    meter.pending -= 1;
    const record = sender.people.recorder.sends.findLast((sent) => sent.token === token);
    if (record?.result.end !== "ok") return meter.unanswered();
    const { conversationId, version, maybe } = record.result;
    meter.acknowledged(record.endedAt - record.begunAt, maybe > 0);
    truth.acknowledged(sender.people, record.conversation, conversationId, version);
  };

  const startedAt = performance.now();
  for (let issued = 0; !stop.aborted; ) {
    const due = Math.floor(((performance.now() - startedAt) / 1_000) * rate);
    for (; issued < due; issued++) {
      const sender = senders[Math.floor(Math.random() * senders.length)];
      if (!sender) continue;
      if (sender.pending >= PATIENCE) {
        meter.skipped += 1;
        continue;
      }
      const said: Promise<void> = say(sender).finally(() => running.delete(said));
      running.add(said);
    }
    await delay(10, undefined, { signal: stop }).catch(() => {});
  }
  return async () => {
    await Promise.all(running);
  };
}
