import type { TargetName } from "../client/dialect.ts";
import type { Options } from "../options.ts";
import { residentKb } from "../run/cpu.ts";
import { type Stack, startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Outcome } from "./figure.ts";
import { circumstances, faults, measure, runFigures, warmUp } from "./measure.ts";
import { profileDir, tellStatements } from "./output.ts";

/** A fixed rate between pairs of users on different gateways. */
export async function steady(options: Options, target: TargetName): Promise<Outcome> {
  await using scope = signalledScope();
  const rate = options.rate ?? 1000;
  const seconds = options.seconds ?? (options.quick ? 10 : 60);
  const stack = await startStack(scope, target, {
    gateways: 2,
    users: 2 * options.pairs,
    groupMembers: 0,
    ...profileDir(options),
  });
  await openPairs(stack, options);
  await warmUp(stack, { rate, messages: rate * (options.quick ? 2 : 5), size: options.size });
  const storedBefore = await stack.database.storedMessages();
  const measured = await measure(
    stack,
    { rate, messages: rate * seconds, size: options.size },
    options.patience,
  );
  const stored = (await stack.database.storedMessages()) - storedBefore;
  tellStatements(options, measured);
  const memory = stack.gateways.reduce((sum, gateway) => sum + residentKb(gateway.pid), 0) / 1024;
  const missing = measured.run.acknowledged - stored;
  return {
    title: `steady: ${rate} messages/s for ${seconds} s, ${options.pairs} pairs across two gateways`,
    figures: [
      ...runFigures(measured, target),
      { name: "acknowledged but not stored", value: Math.max(0, missing) },
      { name: "RSS of both gateways after", value: memory, unit: "MB" },
    ],
    remarks: [...faults(measured.run), ...circumstances(measured)],
  };
}

/** Connects the pairs and has each say one thing in each direction, so that every conversation is there. */
export async function openPairs(stack: Stack, options: Options): Promise<void> {
  await stack.ask("open", { site: stack.site, kind: "pairs", count: options.pairs }, 60_000);
  await warmUp(stack, { rate: 500, messages: 2 * options.pairs, size: options.size });
}
