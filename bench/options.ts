import { parseArgs } from "node:util";
import type { TargetName } from "./client/dialect.ts";

export const scenarioNames = ["steady", "max", "idle", "group", "reconnect"] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** What the command line asks for. */
export interface Options {
  scenarios: ScenarioName[];
  targets: TargetName[];
  quick: boolean;
  profile: boolean;
  statements: boolean;
  /** Messages a second of `steady`, and of `group`. */
  rate: number | undefined;
  seconds: number | undefined;
  pairs: number;
  /** Characters of a message. */
  size: number;
  /** Of `max`: where the search begins and ends, and how often a rate may fail. */
  from: number;
  to: number;
  tries: number;
  connections: number;
  members: number;
  clients: number;
  missed: number;
  rounds: number;
  /** Seconds to wait, before each measured run, for others to leave the machine alone. */
  patience: number;
  /** Where the figures go as JSON besides. */
  json: string | undefined;
}

export const usage = `npm run bench -- [options]

  --scenario NAME     steady, max, idle, group, reconnect; several with commas (default: all)
  --target NAME       nexus, baseline or both (default)
  --quick             shorter everything, for a look only
  --profile           the first gateway leaves a CPU profile in bench/results/
  --statements        print the most frequent SQL statements of each measured run
  --patience SECONDS  wait so long at most for a quiet machine before each measured run (30)
  --json FILE         the figures as JSON besides

  steady:     --rate 1000 --seconds 60 --pairs 150 --size 100
  max:        --from 1000 --to 16000 --seconds 10 --tries 2 --pairs 150
  idle:       --connections 5000
  group:      --members 200 --rate 100 --seconds 30
  reconnect:  --clients 500 --missed 20 --rounds 3

BENCH_ENV_NAME=value gives the gateways (of both candidates) the setting NAME.
`;

/** Reads the command line; throws an Error that says what is wrong with it. "help": print the usage. */
export function readOptions(args: string[]): Options | "help" {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      scenario: { type: "string", multiple: true },
      target: { type: "string", default: "both" },
      quick: flag,
      profile: flag,
      statements: flag,
      help: { type: "boolean", short: "h", default: false },
      json: text,
      rate: text,
      seconds: text,
      pairs: text,
      size: text,
      from: text,
      to: text,
      tries: text,
      connections: text,
      members: text,
      clients: text,
      missed: text,
      rounds: text,
      patience: text,
    },
  });
  if (values.help) return "help";
  const quick = values.quick;
  type Numeric =
    | "rate"
    | "seconds"
    | "pairs"
    | "size"
    | "from"
    | "to"
    | "tries"
    | "connections"
    | "members"
    | "clients"
    | "missed"
    | "rounds"
    | "patience";
  function number<F extends number | undefined>(name: Numeric, fallback: F): number | F {
    const given = values[name];
    if (given === undefined) return fallback;
    if (!/^\d+$/.test(given) || Number(given) === 0)
      throw new Error(`--${name} takes a whole number above 0, not ${given}`);
    return Number(given);
  }
  return {
    scenarios: readScenarios(values.scenario ?? []),
    targets: readTargets(values.target),
    quick,
    profile: values.profile,
    statements: values.statements,
    rate: number("rate", undefined),
    seconds: number("seconds", undefined),
    pairs: number("pairs", 150),
    size: number("size", 100),
    from: number("from", 1000),
    to: number("to", 16_000),
    tries: number("tries", quick ? 1 : 2),
    connections: number("connections", quick ? 1000 : 5000),
    members: number("members", 200),
    clients: number("clients", 500),
    missed: number("missed", 20),
    rounds: number("rounds", quick ? 1 : 3),
    patience: number("patience", 30),
    json: values.json,
  };
}

function readScenarios(given: readonly string[]): ScenarioName[] {
  const names = given.flatMap((part) => part.split(","));
  for (const name of names) {
    if (!scenarioNames.includes(name as ScenarioName)) {
      throw new Error(`--scenario knows ${scenarioNames.join(", ")}, not ${name}`);
    }
  }
  return names.length > 0 ? (names as ScenarioName[]) : [...scenarioNames];
}

function readTargets(given: string): TargetName[] {
  if (given === "both") return ["baseline", "nexus"];
  if (given === "nexus" || given === "baseline") return [given];
  throw new Error(`--target is nexus, baseline or both, not ${given}`);
}
