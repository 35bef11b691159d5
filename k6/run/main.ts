/**
 * `npm run load -- <scenario>`: a load test by k6, against the platform that --urls names, or against one that is
 * started here for it and stopped afterwards. Exit code 1: a threshold did not hold.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { readArguments, usage } from "./arguments.ts";
import { buildK6, findK6 } from "./k6-binary.ts";
import { render } from "./render.ts";
import { runLoad } from "./run-load.ts";
import { usageLines } from "./usage.ts";

const tell = (line: string) => void process.stderr.write(`${line}\n`);
const results = fileURLToPath(new URL("../results", import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  const asked = readArguments(args);
  if (asked.command === "help") {
    process.stdout.write(usage);
    return 0;
  }
  if (asked.command === "render") {
    process.stdout.write(await render(asked));
    return 0;
  }
  const k6 = asked.k6 ?? (await findK6()) ?? (await buildK6(tell));
  const stamp = new Date().toISOString().slice(0, 19).replaceAll(":", "-");
  const report = resolve(asked.settings.REPORT ?? join(results, `${asked.scenario}-${stamp}`));
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  const result = await runLoad({
    ...asked,
    k6,
    settings: { ...asked.settings, REPORT: report },
    tell,
    signal: interrupted.signal,
  });
  const messages = Number(/messages sent\s+(\d+)/.exec(result.output)?.[1] ?? 0);
  for (const line of usageLines(result.usage, messages)) tell(line);
  tell(`The page: ${report}.html`);
  return result.ok ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: Error) => {
  tell(error.message);
  return 2;
});
