/**
 * Constant traffic with history checking, beside whatever is done to the platform meanwhile:
 *   node src/testing/traffic/main.ts --gateways http://127.0.0.1:3000 --clients 200 --rate 100 --seconds 60 --json -
 * SIGTERM ends the sending; the check and the report follow. Exit code 1: not everything was as promised.
 */
import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Progress, reportLines } from "./report.ts";
import { runTraffic } from "./run-traffic.ts";

const { values } = parseArgs({
  options: {
    gateways: { type: "string" },
    clients: { type: "string", default: "200" },
    rate: { type: "string", default: "100" },
    seconds: { type: "string" },
    /** Where the report goes as JSON; `-`: all lines, progress included, to stdout as JSON. */
    json: { type: "string" },
  },
});
const urls = (values.gateways ?? "").split(",").filter(Boolean);
const [clients, rate, seconds] = [values.clients, values.rate, values.seconds ?? "1"].map(Number);
if (urls.length === 0 || !(Number(clients) >= 3) || !(Number(rate) > 0) || !(Number(seconds) > 0)) {
  console.error(
    "usage: node src/testing/traffic/main.ts --gateways http://host:3000[,…] [--clients 200] [--rate 100] [--seconds 60] [--json -|file]; at least 3 clients, without --seconds until SIGTERM",
  );
  process.exit(2);
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
process.once("SIGTERM", () => stop.abort());

const report = await runTraffic({
  urls,
  clients: Number(clients),
  rate: Number(rate),
  ...(values.seconds === undefined ? {} : { seconds: Number(seconds) }),
  stop: stop.signal,
  onProgress: (progress) =>
    console.log(values.json === "-" ? JSON.stringify(progress) : progressLine(progress)),
});
if (values.json === "-") console.log(JSON.stringify(report));
else {
  for (const line of reportLines(report)) console.log(line);
  if (values.json) await writeFile(values.json, `${JSON.stringify(report, undefined, 1)}\n`);
}
process.exitCode = report.ok ? 0 : 1;

function progressLine({ at, stage, acknowledged, pending, connected, reconnects, errors }: Progress): string {
  const problems = Object.entries(errors).map(([what, count]) => `, ${what} × ${count}`);
  return `${at.slice(11, 19)} ${stage}: ${acknowledged} acknowledged, ${pending} pending, ${connected} connected, ${reconnects} reconnects${problems.join("")}`;
}
