/**
 * `npm run bench`: Nexus beside an ordinary server of its kind, in one run, on the same stores and under the
 * same load. Progress goes to stderr, the report to stdout and to bench/results/<date>.md.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TargetName } from "./client/dialect.ts";
import { type Options, readOptions, type ScenarioName, usage } from "./options.ts";
import { circumstances, type Results, table } from "./report.ts";
import { describeEngines } from "./run/engines.ts";
import { stopOnSignals } from "./run/stop-on-signal.ts";
import type { Outcome } from "./scenarios/figure.ts";
import { group } from "./scenarios/group.ts";
import { idle } from "./scenarios/idle.ts";
import { max } from "./scenarios/max.ts";
import { resultsDir, tell } from "./scenarios/output.ts";
import { reconnect } from "./scenarios/reconnect.ts";
import { steady } from "./scenarios/steady.ts";

const scenarios: Record<ScenarioName, (options: Options, target: TargetName) => Promise<Outcome>> = {
  steady,
  max,
  idle,
  group,
  reconnect,
};

async function main(options: Options, stopping: AbortSignal): Promise<void> {
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  await mkdir(resultsDir, { recursive: true });
  const all: Partial<Record<ScenarioName, Results>> = {};
  let report = circumstances(await describeEngines());
  for (const name of options.scenarios) {
    const results: Results = {};
    for (const target of options.targets) {
      tell(`${name}, ${target} …`);
      try {
        results[target] = await scenarios[name](options, target);
      } catch (error) {
        if (stopping.aborted) return; // its servers went, because a signal came
        // A candidate that fails must not cost the figures of the other, or of an hour before.
        tell(`${name}, ${target} failed: ${(error as Error).stack}`);
        results[target] = { title: name, figures: [], remarks: [`failed: ${(error as Error).message}`] };
        process.exitCode = 1;
      }
    }
    all[name] = results;
    const section = table(results);
    report += `${section}\n`;
    tell(section);
    // After each scenario: whoever stops a long run keeps what it has found.
    await writeFile(join(resultsDir, `${stamp}.md`), report);
    if (options.json) await writeFile(options.json, `${JSON.stringify(all, null, 2)}\n`);
  }
  process.stdout.write(report);
  tell(`written to bench/results/${stamp}.md`);
}

let options: Options | "help";
try {
  options = readOptions(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n\n${usage}`);
  process.exit(2);
}
if (options === "help") process.stdout.write(usage);
else await main(options, stopOnSignals());
