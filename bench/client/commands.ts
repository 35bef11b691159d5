import { openFleet, type Site } from "./fleet.ts";
import type { RunResult } from "./ledger.ts";
import type { Link, LinkListener } from "./link.ts";
import { type Crowd, openCrowd, type StormOptions, type StormResult } from "./reconnect.ts";
import { bookkeeper, type Load, run } from "./run.ts";
import { groupTopology, pairsTopology, type Topology } from "./topology.ts";

/** What the benchmark can ask of its client process: for each command its arguments and its result. */
export interface Commands {
  /** Opens the links of `pairs` direct conversations or of one group, for `run`. */
  open: { args: { site: Site; kind: "pairs" | "group"; count: number }; result: { links: number } };
  run: { args: Load; result: RunResult };
  /** Opens `count` links that do nothing, above those there are. */
  idle: { args: { site: Site; count: number }; result: { links: number } };
  /** Opens a crowd for `depart` and `storm`, which go in turn. */
  crowd: { args: { site: Site; options: StormOptions }; result: Record<string, never> };
  depart: { args: Record<string, never>; result: Record<string, never> };
  storm: { args: Record<string, never>; result: StormResult };
  /** Drops all links; tells how many idle ones the server had ended before. */
  close: { args: Record<string, never>; result: { closed: number } };
}

let links: Link[] = [];
let topology: Topology | undefined;
let closed = 0;
let crowd: Crowd | undefined;

function opened<T>(thing: T | undefined): T {
  if (thing === undefined) throw new Error("open comes first");
  return thing;
}

/** The client's side of every command. */
export const handlers: {
  [C in keyof Commands]: (args: Commands[C]["args"]) => Promise<Commands[C]["result"]>;
} = {
  async open({ site, kind, count }) {
    topology = kind === "pairs" ? pairsTopology(count) : groupTopology(count);
    links = await openFleet(site, topology.links, topology.gatewayOf, bookkeeper);
    return { links: links.length };
  },
  async run(load) {
    return run(links, opened(topology), load);
  },
  async idle({ site, count }) {
    closed = 0;
    const listener: LinkListener = {
      event: () => {},
      acknowledgement: () => {},
      closed: () => closed++,
    };
    for (const link of links) link.drop();
    links = await openFleet(site, count, () => 0, listener);
    return { links: links.length };
  },
  async crowd({ site, options }) {
    crowd = await openCrowd(site, options);
    return {};
  },
  async depart() {
    await opened(crowd).depart();
    return {};
  },
  async storm() {
    return opened(crowd).storm();
  },
  async close() {
    for (const link of links) link.drop();
    links = [];
    return { closed };
  },
};
