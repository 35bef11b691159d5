import { setTimeout as delay } from "node:timers/promises";
import type { TargetName } from "../client/dialect.ts";
import type { Options } from "../options.ts";
import { residentKb } from "../run/cpu.ts";
import { startStack } from "../run/stack.ts";
import { signalledScope } from "../run/stop-on-signal.ts";
import type { Outcome } from "./figure.ts";
import { profileDir } from "./output.ts";

const rehearsal = 200;

/** What an idle connection costs one gateway. */
export async function idle(options: Options, target: TargetName): Promise<Outcome> {
  await using scope = signalledScope();
  const { connections } = options;
  const stack = await startStack(scope, target, {
    gateways: 1,
    users: connections,
    groupMembers: 0,
    ...profileDir(options),
  });
  const pid = stack.gateways[0]!.pid;
  // A few first, so that code and pools that the first connection brings are not charged to all.
  await stack.ask("idle", { site: stack.site, count: rehearsal }, 60_000);
  await stack.ask("close", {}, 10_000);
  const before = await settledKb(pid);
  const startedAt = performance.now();
  await stack.ask("idle", { site: stack.site, count: connections }, 300_000);
  const connectSeconds = (performance.now() - startedAt) / 1000;
  const after = await settledKb(pid);
  const cpuBefore = stack.cpu();
  const since = performance.now();
  await delay(options.quick ? 5_000 : 15_000);
  const cpuAfter = stack.cpu();
  const seconds = (performance.now() - since) / 1000;
  const { closed } = await stack.ask("close", {}, 10_000);
  return {
    title: `idle: ${connections} connections of as many users on one gateway`,
    figures: [
      { name: "RSS, a connection", value: (after - before) / connections, unit: "KB", digits: 1 },
      { name: "RSS of the gateway before", value: before / 1024, unit: "MB" },
      { name: "RSS of the gateway with them", value: after / 1024, unit: "MB" },
      { name: "connected", value: connections / connectSeconds, unit: "/s" },
      {
        name: "CPU of the gateway, a second",
        value: (cpuAfter.gateways - cpuBefore.gateways) / seconds,
        unit: "ms",
        digits: 1,
      },
      {
        name: "CPU of Postgres and Redis, a second",
        value: (cpuAfter.postgres + cpuAfter.redis - cpuBefore.postgres - cpuBefore.redis) / seconds,
        unit: "ms",
        digits: 1,
      },
    ],
    remarks: closed > 0 ? [`${closed} connections were ended by the server`] : [],
  };
}

/** RSS once it stands still (three readings a second apart within 0.5%), or after 30 s. */
async function settledKb(pid: number): Promise<number> {
  const readings = [residentKb(pid)];
  for (let n = 0; n < 30; n++) {
    await delay(1_000);
    readings.push(residentKb(pid));
    const last = readings.slice(-3);
    if (last.length === 3 && Math.max(...last) - Math.min(...last) <= 0.005 * last[2]!) break;
  }
  return readings.at(-1)!;
}
