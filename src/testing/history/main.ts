import { parseArgs } from "node:util";
import { startPlatform } from "../platform/platform.ts";
import { runCampaign } from "./campaign.ts";

// npm run history -- --schedules 200 --seed 7: the guarantees of the contract under faults, on a platform of its own.

const { values } = parseArgs({
  options: {
    schedules: { type: "string", default: "200" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 1_000_000_000)) },
    size: { type: "string", default: "15" },
    "round-ms": { type: "string", default: "4000" },
    shrink: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

const interrupted = new AbortController();
process.once("SIGINT", () => interrupted.abort());
process.once("SIGTERM", () => interrupted.abort());

const started = performance.now();
// Without a worker: it has no part in what is judged, and its process would only take from the two cores.
await using platform = await startPlatform({
  worker: false,
  ...(values.verbose ? { onLine: (name: string, line: string) => console.error(`${name}: ${line}`) } : {}),
});
const { schedules, messages, failures } = await runCampaign(platform, {
  schedules: Number(values.schedules),
  seed: Number(values.seed),
  size: Number(values.size),
  lengthMs: Number(values["round-ms"]),
  shrink: values.shrink,
  signal: interrupted.signal,
  say: (line) => console.log(line),
});
const seconds = Math.round((performance.now() - started) / 1_000);
console.log(
  `${schedules} schedules, ${messages} acknowledged messages, ${seconds} s: ${failures.length} failed`,
);
if (failures.length > 0) {
  const options = `--size ${values.size} --round-ms ${values["round-ms"]}`;
  console.log(`Again: npm run history -- --schedules ${values.size} ${options} --seed <that of the failure>`);
  process.exitCode = 1;
}
