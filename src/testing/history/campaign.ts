import { mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import type { Platform } from "../platform/platform.ts";
import { countRepeatedLive } from "./check-order.ts";
import { runRound, type Verdict } from "./run-round.ts";
import { round } from "./schedule.ts";

export type CampaignOptions = {
  readonly schedules: number;
  /** Of the first round; the following rounds count on from it. */
  readonly seed: number;
  /** Schedules side by side over one time line of faults (15). */
  readonly size?: number;
  /** Of the time line, in milliseconds (4,000). */
  readonly lengthMs?: number;
  /** Lets fast-check look for the smallest failing round; takes as many rounds as that needs. */
  readonly shrink?: boolean;
  readonly say?: (line: string) => void;
  /** Stops before the next round. */
  readonly signal?: AbortSignal;
};

export type CampaignResult = {
  readonly schedules: number;
  readonly messages: number;
  /** One line for each, with the seed that brings it back. */
  readonly failures: readonly string[];
};

/** For all the rounds that look for the smallest failing one; the smallest found by then is told. In milliseconds. */
const SHRINK_MS = 10 * 60_000;

/**
 * Runs random schedules in rounds on a running platform, and judges each. Each round's seed is printed; a failing
 * schedule's whole history is written to a file whose path is in the failure.
 */
export async function runCampaign(platform: Platform, options: CampaignOptions): Promise<CampaignResult> {
  const { size = 15, lengthMs = 4_000, say = () => {} } = options;
  const failures: string[] = [];
  let schedules = 0;
  let messages = 0;
  for (let seed = options.seed; schedules < options.schedules && !options.signal?.aborted; seed++) {
    const startedAt = performance.now();
    let verdicts: Verdict[] = [];
    // The size of a round is part of what its seed means, so the last one is not cut short.
    const property = fc.asyncProperty(round(size), async (drawn) => {
      const judged = await runRound(platform, drawn, lengthMs);
      const failed = judged.filter((verdict) => verdict.violations.length > 0);
      // While shrinking, the last failing round is the smallest: those that pass tell nothing.
      if (failed.length > 0 || verdicts.length === 0) verdicts = judged;
      if (failed.length > 0) throw new Error(`${failed.length} of ${size} schedules`);
    });
    const details = await fc.check(property, {
      seed,
      numRuns: 1,
      ...(options.shrink ? { interruptAfterTimeLimit: SHRINK_MS } : { endOnFailure: true }),
    });
    schedules += verdicts.length;
    messages += verdicts.reduce((sum, verdict) => sum + sent(verdict), 0);
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    say(`seed ${seed}: ${verdicts.length} schedules in ${seconds} s, ${summary(verdicts)}`);
    if (!details.failed) continue;
    if (options.shrink) say(`smallest: ${fc.stringify(details.counterexample)}`);
    if (verdicts.length === 0) {
      // Not a verdict on the guarantees: the platform could not be used or healed, and would not be in the next round.
      failures.push(`seed ${seed}: the round could not be run: ${describe(details.errorInstance)}`);
      say(failures.at(-1) as string);
      break;
    }
    for (const [number, verdict] of verdicts.entries()) {
      if (verdict.violations.length === 0) continue;
      const path = await keep(verdict, `${seed}-${number}`);
      const first = verdict.violations.slice(0, 5).map((v) => `  ${v.kind}: ${v.what}`);
      const more = verdict.violations.length > 5 ? [`  and ${verdict.violations.length - 5} more`] : [];
      failures.push([`seed ${seed}, schedule ${number} (${path}):`, ...first, ...more].join("\n"));
      say(failures.at(-1) as string);
    }
  }
  return { schedules, messages, failures };
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function sent(verdict: Verdict): number {
  return verdict.history.sends.filter((send) => send.result.end === "ok").length;
}

function summary(verdicts: readonly Verdict[]): string {
  const count = (pick: (verdict: Verdict) => number) => verdicts.reduce((sum, v) => sum + pick(v), 0);
  const unknown = count((v) => v.history.sends.filter((s) => s.result.end === "unknown").length);
  const retried = count(
    (v) => v.history.sends.filter((s) => s.result.end === "ok" && s.result.maybe > 0).length,
  );
  const changes = count(
    ({ history: h }) =>
      [...h.edits, ...h.deletes, ...h.reactions, ...h.reads].filter((o) => o.result.end === "ok").length,
  );
  const removals = count((v) => v.history.removals.filter((r) => r.result.end === "ok").length);
  const twice = count((v) => countRepeatedLive(v.history));
  const wrong = count((v) => v.violations.length);
  return [
    `${count(sent)} messages acknowledged (${retried} after a lost answer, ${unknown} given up)`,
    `${changes} changes`,
    `${removals} removals`,
    ...(twice > 0 ? [`${twice} live events of repeated sends came twice`] : []),
    wrong === 0 ? "nothing wrong" : `${wrong} VIOLATIONS`,
  ].join(", ");
}

async function keep(verdict: Verdict, name: string): Promise<string> {
  const folder = join(tmpdir(), "nexus-history");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.json`);
  const plain = (_key: string, value: unknown) => {
    if (value instanceof Set) return [...value];
    return value instanceof Map ? Object.fromEntries(value) : value;
  };
  await writeFile(path, JSON.stringify(verdict, plain, 1));
  return path;
}
