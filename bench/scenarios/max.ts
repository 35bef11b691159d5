import type { TargetName } from "../client/dialect.ts";
import type { Options } from "../options.ts";
import { disturbingCores } from "../run/quiet.ts";
import { type Stack, startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Outcome } from "./figure.ts";
import { circumstances, losses, type Measured, measure, runFigures, warmUp } from "./measure.ts";
import { profileDir, tell, tellStatements } from "./output.ts";
import { openPairs } from "./steady.ts";

const limitMs = 100;
/** How many failures are excused when others kept the machine busy meanwhile. */
const disturbedTries = 2;

/**
 * The highest rate that is held: nothing lost, nothing refused, delivery p99 within 100 ms. Doubles until a
 * rate fails, then halves the difference until it is 5%.
 */
export async function max(options: Options, target: TargetName): Promise<Outcome> {
  const seconds = options.seconds ?? (options.quick ? 5 : 10);
  let scope = signalledScope();
  let stack: Stack | undefined;
  let best: { rate: number; measured: Measured } | undefined;
  let lowestFailed: { rate: number; reasons: string[] } | undefined;

  async function attempt(rate: number): Promise<boolean> {
    let tries = 0;
    let lastReasons: string[] = [];
    for (let n = 1; tries < options.tries && n <= options.tries + disturbedTries; n++) {
      stack ??= await openStack(scope, options, target);
      await warmUp(stack, { rate, messages: rate * 2, size: options.size });
      const measured = await measure(
        stack,
        { rate, messages: rate * seconds, size: options.size },
        options.patience,
      );
      const reasons = losses(measured.run);
      if (!(measured.run.delivery.p99 <= limitMs))
        reasons.push(`delivery p99 ${measured.run.delivery.p99.toFixed(0)} ms`);
      tell(`  ${rate}/s: ${reasons.length === 0 ? "held" : reasons.join(", ")} (${summary(measured)})`);
      if (reasons.length === 0) {
        best = { rate, measured };
        tellStatements(options, measured);
        return true;
      }
      lastReasons = reasons;
      // A failure while others took the CPU says nothing about the candidate.
      if (measured.foreignCores <= disturbingCores) tries++;
      // What the overload left behind must not weigh on the next rate.
      await scope.disposeAsync();
      scope = signalledScope();
      stack = undefined;
    }
    lowestFailed = { rate, reasons: lastReasons };
    return false;
  }

  try {
    let low = 0;
    let high = options.from;
    while (high <= options.to && (await attempt(high))) {
      low = high;
      high = low === options.to ? low + 1 : Math.min(2 * low, options.to);
    }
    while (low > 0 && low < options.to && high - low > Math.max(100, 0.05 * low)) {
      const middle = Math.round((low + high) / 200) * 100;
      if (middle === low || middle === high) break;
      if (await attempt(middle)) low = middle;
      else high = middle;
    }
  } finally {
    await scope.disposeAsync();
  }
  const title = `max: the highest rate with delivery p99 ≤ ${limitMs} ms and nothing lost, ${seconds} s each`;
  if (!best) {
    return {
      title,
      figures: [{ name: "highest rate held", value: 0, unit: "/s" }],
      remarks: [`not even ${options.from}/s: ${lowestFailed?.reasons.join(", ")}`],
    };
  }
  return {
    title,
    figures: [
      { name: "highest rate held", value: best.rate, unit: "/s" },
      ...runFigures(best.measured, target),
    ],
    remarks: [
      lowestFailed
        ? `${lowestFailed.rate}/s failed: ${lowestFailed.reasons.join(", ")}`
        : `stopped at --to ${options.to}`,
      ...circumstances(best.measured),
    ],
  };
}

async function openStack(scope: AsyncDisposableStack, options: Options, target: TargetName): Promise<Stack> {
  const stack = await startStack(scope, target, {
    gateways: 2,
    users: 2 * options.pairs,
    groupMembers: 0,
    ...profileDir(options),
  });
  await openPairs(stack, options);
  // Code that has never run hot would fail at a rate that it holds a moment later.
  await warmUp(stack, { rate: 1000, messages: 4000, size: options.size });
  return stack;
}

function summary({ run, cpu, foreignCores }: Measured): string {
  const ms = (cpu.gateways + cpu.postgres + cpu.redis).toFixed(3);
  return (
    `delivery p50 ${run.delivery.p50.toFixed(1)} p99 ${run.delivery.p99.toFixed(1)} ms, ${ms} CPU-ms a message, ` +
    `client late ${run.lag.p99.toFixed(1)} ms, others ${foreignCores.toFixed(1)} cores`
  );
}
