import { catchUp, caughtUp, type Known, learn, type TargetName } from "./dialect.ts";
import { openFleet, openLink, type Site } from "./fleet.ts";
import type { Link, LinkListener } from "./link.ts";
import { type Quantiles, quantiles } from "./quantiles.ts";
import { bookkeeper, run } from "./run.ts";
import { pairsTopology } from "./topology.ts";

/** What came of one storm. Times are ms from its start. */
export interface ReconnectResult {
  clients: number;
  missed: number;
  /** Clients that have everything they missed, each message once. */
  consistent: number;
  /** Of these, those that got it in the order in which it was sent. */
  inOrder: number;
  /** From the start until a client was consistent; max is "the last one". */
  time: Quantiles;
  firstFailure?: string;
}

const stormLimitMs = 60_000;
const writeRate = 2_000;

/**
 * `clients` go, each misses `missed` messages, all come back in the same moment; `rounds` times. Each is
 * consistent when it is connected and its catch-up has been answered with exactly the messages it missed.
 */
export async function reconnect(
  site: Site,
  target: TargetName,
  options: { clients: number; missed: number; rounds: number; size: number },
): Promise<ReconnectResult[]> {
  const { clients, missed, rounds, size } = options;
  const topology = pairsTopology(clients, true);
  const known = new Map<number, string>();
  const listener: LinkListener = {
    ...bookkeeper,
    event(link, frame) {
      if (frame.startsWith('42/ws,["NEW_MESSAGE"')) known.set(link.index, frame);
      bookkeeper.event(link, frame);
    },
  };
  const links = await openFleet(site, topology.links, topology.gatewayOf, listener);
  const results: ReconnectResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const first = await run(links, topology, { rate: 500, messages: clients, size });
    if (first.lost + first.unanswered + first.refused > 0) throw new Error(JSON.stringify(first));
    for (let index = 1; index < links.length; index += 2) links[index]!.drop();
    await write(links, clients, missed, size);
    const before = new Map([...known].map(([index, frame]) => [index, learn(frame)]));
    results.push(await storm(site, target, links, before, { clients, missed, listener }));
  }
  for (const link of links) link.drop();
  return results;
}

/** Sends what the absent will miss; nobody is there to receive it. */
async function write(links: readonly Link[], clients: number, missed: number, size: number): Promise<void> {
  const topology = { ...pairsTopology(clients, true), fanout: 0 };
  const result = await run(links, topology, { rate: writeRate, messages: clients * missed, size });
  if (result.acknowledged !== clients * missed) {
    throw new Error(`The messages to be missed were not all stored: ${JSON.stringify(result)}`);
  }
}

async function storm(
  site: Site,
  target: TargetName,
  links: Link[],
  before: ReadonlyMap<number, Known>,
  options: { clients: number; missed: number; listener: LinkListener },
): Promise<ReconnectResult> {
  const { clients, missed } = options;
  const topology = pairsTopology(clients, true);
  const times = new Float32Array(clients).fill(-1);
  // Kept as they come and read after the last: the client's own work must not be in the measured time.
  const answers = new Map<number, string>();
  let failure: string | undefined;
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const limit = setTimeout(() => finish(), stormLimitMs);
  const start = performance.now();
  const listener: LinkListener = {
    ...options.listener,
    acknowledgement(link, _id, frame) {
      answers.set(link.index, frame);
      times[link.index >> 1] = performance.now() - start;
      if (answers.size === clients) finish();
    },
    closed(link, reason) {
      failure ??= `connection ${link.index}: ${reason}`;
    },
  };
  for (let index = 1; index < links.length; index += 2) {
    const link = openLink(site, index, topology.gatewayOf(index), listener);
    links[index] = link;
    const event = catchUp(target, before.get(index)!);
    link.ready.then(() => link.send(`42/ws,0[${event}]`)).catch(() => {});
  }
  await finished;
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
    clients,
    missed,
    consistent,
    inOrder,
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
