import { catchUp, caughtUp, type Known, learn, type TargetName } from "./dialect.ts";
import { openFleet, openLink, type Site } from "./fleet.ts";
import type { Link, LinkListener } from "./link.ts";
import { type Quantiles, quantiles } from "./quantiles.ts";
import { bookkeeper, run } from "./run.ts";
import { pairsTopology, type Topology } from "./topology.ts";

/** Of a storm: how many come back, and what each of them missed. */
export interface StormOptions {
  target: TargetName;
  clients: number;
  missed: number;
  /** Characters of a message. */
  size: number;
}

/** What came of one storm. Times are ms from its start. */
export interface StormResult {
  /** Clients that have everything they missed, each message once. */
  consistent: number;
  /** Of these, those that got it in the order in which it was sent. */
  inOrder: number;
  /** Until a client was connected, and until it was consistent; max is "the last one". */
  connected: Quantiles;
  time: Quantiles;
  firstFailure?: string;
}

/** Clients of which every second one can go, miss something and come back. */
export interface Crowd {
  /** Every second one hears one message, goes, and misses the next ones, which are stored when this resolves. */
  depart(): Promise<void>;
  /**
   * All that went come back in the same moment. Each is consistent when it is connected and its catch-up has been
   * answered with exactly the messages it missed.
   */
  storm(): Promise<StormResult>;
}

const stormLimitMs = 60_000;
const writeRate = 2_000;

/** Connects the crowd: `clients` that will go, and as many that write to them. */
export async function openCrowd(site: Site, options: StormOptions): Promise<Crowd> {
  const { clients, missed, size } = options;
  const topology = pairsTopology(clients, true);
  const lastSeen = new Map<number, string>();
  const listener: LinkListener = {
    ...bookkeeper,
    event(link, frame) {
      if (frame.startsWith('42/ws,["NEW_MESSAGE"')) lastSeen.set(link.index, frame);
      bookkeeper.event(link, frame);
    },
  };
  const links = await openFleet(site, topology.links, topology.gatewayOf, listener);
  return {
    async depart() {
      const first = await run(links, topology, { rate: 500, messages: clients, size });
      if (first.lost + first.unanswered + first.refused > 0) throw new Error(JSON.stringify(first));
      for (let index = 1; index < links.length; index += 2) links[index]!.drop();
      const absent = { ...topology, fanout: 0 }; // nobody is there to receive it
      const written = await run(links, absent, { rate: writeRate, messages: clients * missed, size });
      if (written.acknowledged === clients * missed) return;
      throw new Error(`The messages to be missed were not all stored: ${JSON.stringify(written)}`);
    },
    storm() {
      const known = new Map([...lastSeen].map(([index, frame]) => [index, learn(frame)]));
      return storm(site, options, { links, topology, listener, known });
    },
  };
}

async function storm(
  site: Site,
  options: StormOptions,
  crowd: { links: Link[]; topology: Topology; listener: LinkListener; known: ReadonlyMap<number, Known> },
): Promise<StormResult> {
  const { target, clients, missed } = options;
  const { links, topology, known } = crowd;
  const connected = new Float32Array(clients).fill(-1);
  const times = new Float32Array(clients).fill(-1);
  // Kept as they come and read after the last: the client's own work must not be in the measured time.
  const answers = new Map<number, string>();
  let failure: string | undefined;
  const finished = Promise.withResolvers<void>();
  const limit = setTimeout(finished.resolve, stormLimitMs);
  const start = performance.now();
  const listener: LinkListener = {
    ...crowd.listener,
    acknowledgement(link, id, frame) {
      if (answers.has(link.index)) return bookkeeper.acknowledgement(link, id, frame);
      answers.set(link.index, frame);
      times[link.index >> 1] = performance.now() - start;
      if (answers.size === clients) finished.resolve();
    },
    closed(link, reason) {
      failure ??= `connection ${link.index}: ${reason}`;
    },
  };
  for (let index = 1; index < links.length; index += 2) {
    const link = openLink(site, index, topology.gatewayOf(index), listener);
    const question = `42/ws,0[${catchUp(target, known.get(index)!)}]`;
    links[index] = link;
    link.ready.then(
      () => {
        connected[index >> 1] = performance.now() - start;
        link.send(question);
      },
      () => {}, // `closed` has told
    );
  }
  await finished.promise;
  clearTimeout(limit);
  let consistent = 0;
  let inOrder = 0;
  for (const [index, frame] of answers) {
    const verdict = judge(frame, index >> 1, clients, missed);
    if (verdict.wrong === undefined) consistent++;
    else failure ??= `connection ${index}: ${verdict.wrong}`;
    if (verdict.inOrder) inOrder++;
  }
  return {
    consistent,
    inOrder,
    connected: quantiles(connected),
    time: quantiles(times),
    ...(failure !== undefined && { firstFailure: failure }),
  };
}

/** What is wrong with an answer, and whether it holds the pair's missed messages in the order of sending. */
function judge(
  frame: string,
  pair: number,
  clients: number,
  missed: number,
): { wrong?: string; inOrder: boolean } {
  try {
    const found = caughtUp(frame);
    const expected = Array.from({ length: missed }, (_, k) => pair + k * clients);
    const same = found.toSorted((a, b) => a - b).join() === expected.join();
    if (!same) return { wrong: `got ${found}, expected ${expected}`, inOrder: false };
    return { inOrder: found.join() === expected.join() };
  } catch (error) {
    return { wrong: String(error), inOrder: false };
  }
}
