/**
 * `npm start`: the whole platform on this machine, on embedded engines unless DATABASE_URL and REDIS_URL name
 * others. Flags: --watch (start gateways and worker anew when their sources change), --data <directory>,
 * --seed (demo users also in a database on another machine).
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { seedDemo } from "./seed.ts";
import { concernsWebClient, watchSources } from "./source-watch.ts";
import { type Stack, startStack } from "./stack.ts";
import { buildWebClient } from "./web-client.ts";
import { welcome } from "./welcome.ts";

const source = fileURLToPath(new URL("../", import.meta.url));
const hurryAfterMs = 1_000;
const stopDeadlineMs = 40_000;

const { values: flags } = parseArgs({
  options: {
    watch: { type: "boolean", default: false },
    seed: { type: "boolean", default: false },
    data: { type: "string", default: fileURLToPath(new URL("../../.data", import.meta.url)) },
  },
});

const stop = new AbortController();
let stack: Stack | undefined;
let asked = 0;

function print(name: string, line: string): void {
  process.stdout.write(`${name.padEnd(9)} │ ${line}\n`);
}

function onSignal(signal: NodeJS.Signals): void {
  if (!stop.signal.aborted) {
    asked = performance.now();
    print("nexus", `${signal}: stopping`);
    stop.abort();
    // Whatever hangs must not keep the terminal; the children then end because we are gone.
    setTimeout(() => process.exit(1), stopDeadlineMs).unref();
  } else if (performance.now() - asked > hurryAfterMs) {
    // Within the first second it is the same Ctrl-C: the terminal sends it to us, and npm hands it on as well.
    print("nexus", "hurrying");
    stack?.hurry();
  }
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
// Whoever read our output is gone (npm start | head): stop, and never mind what can no longer be printed.
process.stdout.on("error", () => stop.abort());

function fail(reason: unknown): void {
  if (stop.signal.aborted) return;
  process.exitCode = 1;
  process.stderr.write(`\nNexus stops: ${reason instanceof Error ? reason.message : reason}\n`);
  stop.abort();
}

/** A database with accounts of known passwords is for this machine only, unless somebody asks for it. */
function maySeed(): boolean {
  const url = process.env.DATABASE_URL;
  return flags.seed || !url || ["localhost", "127.0.0.1", "[::1]"].includes(new URL(url).hostname);
}

async function run(): Promise<void> {
  print("nexus", "starting");
  await buildWebClient((line) => print("web", line), stop.signal);
  stop.signal.throwIfAborted();
  await using running = await startStack({
    dataDirectory: resolve(flags.data),
    env: process.env,
    print,
    onFatal: fail,
    // With --watch somebody is in the middle of changing it: the next change is the next try.
    onGivenUp: (reason) =>
      flags.watch ? print("nexus", `${reason} Waiting for the next change.`) : fail(reason),
    signal: stop.signal,
  });
  stack = running;
  const [gateway] = running.gateways;
  const seeded = maySeed() && gateway ? await seedDemo(gateway.url) : undefined;
  if (!stop.signal.aborted) {
    process.stdout.write(
      `${welcome(running, seeded === undefined ? "none" : seeded ? "seeded" : "there")}\n`,
    );
    if (flags.watch) {
      watchSources(source, stop.signal, async (file) => {
        print("nexus", `${file} changed: starting gateways and worker anew`);
        if (concernsWebClient(file)) await buildWebClient((line) => print("web", line), stop.signal);
        await running
          .reload()
          .catch((error: Error) => print("nexus", `${error.message} Waiting for the next change.`));
      });
    }
    await new Promise((done) => {
      stop.signal.addEventListener("abort", done, { once: true });
      if (stop.signal.aborted) done(undefined);
    });
  }
}

try {
  await run();
} catch (error) {
  // An aborted start throws as well: that is what was asked for.
  if (!stop.signal.aborted) fail(error);
}
print("nexus", "stopped");
