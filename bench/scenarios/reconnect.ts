import type { TargetName } from "../client/dialect.ts";
import type { StormResult } from "../client/reconnect.ts";
import type { Options } from "../options.ts";
import type { DatabaseCounts } from "../run/database.ts";
import { disturbingCores, foreignCores, spent, untilQuiet } from "../run/quiet.ts";
import { type Part, type Stack, startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Figure, Outcome } from "./figure.ts";
import { profileDir, tell, tellTop } from "./output.ts";

/** Many clients come back in the same moment, each with messages missed; some rounds of it. */
export async function reconnect(options: Options, target: TargetName): Promise<Outcome> {
  await using scope = signalledScope();
  const { clients, missed, rounds, size } = options;
  const stack = await startStack(scope, target, {
    gateways: 2,
    users: 2 * clients,
    groupMembers: 0,
    ...profileDir(options),
  });
  await stack.ask("crowd", { site: stack.site, options: { target, clients, missed, size } }, 60_000);
  const storms: Storm[] = [];
  for (let round = 0; round < rounds; round++) {
    await stack.ask("depart", {}, 60_000 + clients * missed);
    const storm = await measureStorm(stack, options);
    storms.push(storm);
    tell(
      `  round ${round + 1}: last one consistent after ${storm.result.time.max.toFixed(0)} ms, ` +
        `others used ${storm.foreignCores.toFixed(1)} cores`,
    );
    if (options.statements) tellTop(storm.database);
  }
  const figure = (name: string, value: (storm: Storm) => number, unit = "ms", digits = 0): Figure => ({
    name,
    value: median(storms.map(value)),
    unit,
    digits,
  });
  const failure = storms.find((storm) => storm.result.firstFailure !== undefined)?.result.firstFailure;
  const disturbed = Math.max(...storms.map((storm) => storm.foreignCores));
  const lasts = storms.map((storm) => storm.result.time.max.toFixed(0)).join(", ");
  return {
    title: `reconnect: ${clients} clients at once, ${missed} missed messages each, median of ${rounds} rounds`,
    figures: [
      figure("last one consistent", (storm) => storm.result.time.max),
      { name: "last one consistent, each round", value: lasts, unit: "ms" },
      figure("half of them consistent", (storm) => storm.result.time.p50),
      figure("last one connected", (storm) => storm.result.connected.max),
      { name: "clients with all, once", value: Math.min(...storms.map((storm) => storm.result.consistent)) },
      { name: "clients with all, in order", value: Math.min(...storms.map((storm) => storm.result.inOrder)) },
      figure("CPU of gateways, a client", (storm) => storm.cpu.gateways / clients, "ms", 2),
      figure("CPU of Postgres, a client", (storm) => storm.cpu.postgres / clients, "ms", 2),
      figure("CPU of Redis, a client", (storm) => storm.cpu.redis / clients, "ms", 2),
      figure("CPU of the client beside", (storm) => storm.cpu.client / clients, "ms", 2),
      figure("SQL statements, a client", (storm) => storm.database.statements / clients, "", 2),
    ],
    remarks: [
      ...(failure === undefined ? [] : [failure]),
      ...(disturbed > disturbingCores
        ? [`others used up to ${disturbed.toFixed(1)} cores of this machine meanwhile`]
        : []),
    ],
  };
}

interface Storm {
  result: StormResult;
  cpu: Record<Part, number>;
  foreignCores: number;
  database: DatabaseCounts;
}

async function measureStorm(stack: Stack, options: Options): Promise<Storm> {
  await untilQuiet(stack, options.patience);
  await stack.database.reset();
  const before = stack.cpu();
  const since = performance.now();
  const result = await stack.ask("storm", {}, 90_000);
  const after = stack.cpu();
  const elapsed = performance.now() - since;
  return {
    result,
    cpu: spent(before, after),
    foreignCores: foreignCores(before, after, elapsed),
    database: await stack.database.counts(),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
