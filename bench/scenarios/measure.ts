import type { TargetName } from "../client/dialect.ts";
import type { RunResult } from "../client/ledger.ts";
import type { Load } from "../client/run.ts";
import type { DatabaseCounts } from "../run/database.ts";
import { disturbingCores, foreignCores, spent, untilQuiet } from "../run/quiet.ts";
import type { Part, Stack } from "../run/stack.ts";
import type { Figure } from "./figure.ts";

/** One measured run: what the client saw and what it cost. */
export interface Measured {
  run: RunResult;
  /** CPU-ms of each part for each message. */
  cpu: Record<Part, number>;
  /** Cores that others used meanwhile, processes outside of the benchmark and the host. */
  foreignCores: number;
  database: DatabaseCounts;
}

/**
 * Runs a load and measures it, once the machine is quiet (or after `patience` seconds). The servers should be
 * warm, with every conversation already there.
 */
export async function measure(stack: Stack, load: Load, patience: number): Promise<Measured> {
  await untilQuiet(stack, patience);
  await stack.database.reset();
  const startedAt = performance.now();
  const before = stack.cpu();
  const run = await stack.ask("run", load, timeLimit(load));
  const after = stack.cpu();
  const elapsed = performance.now() - startedAt;
  const cpu = spent(before, after);
  return {
    run,
    cpu: {
      gateways: cpu.gateways / load.messages,
      postgres: cpu.postgres / load.messages,
      redis: cpu.redis / load.messages,
      client: cpu.client / load.messages,
    },
    foreignCores: foreignCores(before, after, elapsed),
    database: await stack.database.counts(),
  };
}

/** Runs a load whose figures do not matter: it opens conversations or warms code up. */
export async function warmUp(stack: Stack, load: Load): Promise<RunResult> {
  return stack.ask("run", load, timeLimit(load));
}

/** What went wrong in a run, in words; empty when every promise was kept. */
export function faults(run: RunResult): string[] {
  const remarks = losses(run);
  if (run.outOfSeq > 0) remarks.push(`${run.outOfSeq} deliveries out of seq`);
  if (run.outOfSenderOrder > 0)
    remarks.push(`${run.outOfSenderOrder} deliveries out of their sender's order`);
  return remarks;
}

/** The same without the order, which the ordinary server never promised. */
export function losses(run: RunResult): string[] {
  const remarks: string[] = [];
  function note(count: number, what: string): void {
    if (count > 0) remarks.push(`${count} ${what}`);
  }
  note(run.refused, `refused, first with ${run.firstRefusal?.slice(0, 200)}`);
  note(run.unanswered, "never acknowledged");
  note(run.lost, "deliveries lost");
  note(run.duplicated, "duplicates");
  note(run.misdelivered, "delivered to the wrong user");
  return remarks;
}

/** The figures that every run of messages has. */
export function runFigures(measured: Measured, target: TargetName): Figure[] {
  const { run, cpu, database } = measured;
  const ms = (name: string, value: number): Figure => ({ name, value, unit: "ms", digits: 1 });
  const cost = (name: string, value: number): Figure => ({ name, value, unit: "ms", digits: 3 });
  return [
    { name: "acknowledged", value: run.acknowledgedPerSecond, unit: "/s" },
    { name: "delivered", value: run.deliveredPerSecond, unit: "/s" },
    ms("acknowledgement p50", run.ack.p50),
    ms("acknowledgement p99", run.ack.p99),
    ms("acknowledgement max", run.ack.max),
    ms("delivery p50", run.delivery.p50),
    ms("delivery p99", run.delivery.p99),
    ms("delivery max", run.delivery.max),
    { name: "lost", value: run.lost + run.unanswered + run.refused },
    { name: "duplicated", value: run.duplicated },
    { name: "out of order by seq", value: run.outOfSeq },
    { name: "out of order by sender", value: run.outOfSenderOrder },
    // The ordinary server numbers messages over all conversations, so nobody could notice a gap.
    { name: "gaps in seq", value: target === "nexus" ? run.gaps : "no seq" },
    cost("CPU of gateways, a message", cpu.gateways),
    cost("CPU of Postgres, a message", cpu.postgres),
    cost("CPU of Redis, a message", cpu.redis),
    cost("CPU of all three, a message", cpu.gateways + cpu.postgres + cpu.redis),
    cost("CPU of the client beside", cpu.client),
    { name: "SQL statements, a message", value: database.statements / run.messages, digits: 2 },
    { name: "commits, a message", value: database.commits / run.messages, digits: 2 },
    { name: "WAL, a message", value: database.walBytes / run.messages, unit: "bytes" },
  ];
}

/** Remarks about the circumstances: a slow client or a busy machine make figures worse than the servers are. */
export function circumstances(measured: Measured): string[] {
  const remarks: string[] = [];
  if (measured.run.lag.p99 > 20) {
    remarks.push(
      `the client itself sent up to ${measured.run.lag.p99.toFixed(0)} ms late (p99): it was short of CPU`,
    );
  }
  if (measured.foreignCores > disturbingCores) {
    remarks.push(`others used ${measured.foreignCores.toFixed(1)} cores of this machine meanwhile`);
  }
  return remarks;
}

function timeLimit(load: Load): number {
  return (1000 * load.messages) / load.rate + 60_000;
}
