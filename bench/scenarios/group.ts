import type { TargetName } from "../client/dialect.ts";
import type { Options } from "../options.ts";
import { startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Outcome } from "./figure.ts";
import { circumstances, faults, measure, runFigures, warmUp } from "./measure.ts";
import { profileDir, tellStatements } from "./output.ts";

/** One large group, all of its members online, half of them on each gateway, writing in turn. */
export async function group(options: Options, target: TargetName): Promise<Outcome> {
  await using scope = signalledScope();
  const { members, size } = options;
  const rate = options.rate ?? 100;
  const seconds = options.seconds ?? (options.quick ? 10 : 30);
  const stack = await startStack(scope, target, {
    gateways: 2,
    users: members,
    groupMembers: members,
    ...profileDir(options),
  });
  await stack.ask("open", { site: stack.site, kind: "group", count: members }, 60_000);
  await warmUp(stack, { rate, messages: rate * 4, size });
  const measured = await measure(stack, { rate, messages: rate * seconds, size }, options.patience);
  tellStatements(options, measured);
  return {
    title: `group: ${members} members online, ${rate} messages/s for ${seconds} s, each to ${members - 1}`,
    figures: runFigures(measured, target),
    remarks: [...faults(measured.run), ...circumstances(measured)],
  };
}
