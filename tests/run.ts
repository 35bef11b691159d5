/**
 * `npm test`: checks and all tests, one part after another, with how long each took.
 * `npm test -- unit pg` runs the named parts only. Exit code 1 when any part failed. The parts that need a
 * Kubernetes are left out, and that is said, when KUBECONFIG names none.
 */
import { startChild } from "../src/engines/child-process.ts";

const npmRun = ["npm", "run", "--silent"];
const vitest = ["npx", "--no-install", "vitest", "run", "--project"];
const parts: Readonly<Record<string, readonly string[]>> = {
  check: [...npmRun, "check"],
  unit: [...vitest, "unit"],
  pg: [...vitest, "pg"],
  cluster: [...vitest, "cluster"],
  web: [...vitest, "web"],
  kube: [...vitest, "kube"],
  e2e: [...vitest, "e2e", "tests/e2e/smoke"],
};
const needKubernetes = ["kube", "e2e"];
const partTimeoutMs = 25 * 60_000;

const asked = process.argv.slice(2);
const withKubernetes = Boolean(process.env.KUBECONFIG);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  process.stderr.write(`No such part: ${unknown.join(", ")}. There are: ${Object.keys(parts).join(", ")}.\n`);
  process.exit(2);
}

if (!withKubernetes && asked.some((name) => needKubernetes.includes(name))) {
  process.stderr.write(`${needKubernetes.join(" and ")} need a Kubernetes: set KUBECONFIG.\n`);
  process.exit(2);
}

const interrupted = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interrupted.abort(signal));
}

interface Result {
  name: string;
  ok: boolean;
  seconds: number;
}

/** Runs one part with its output shown; a part that hangs is ended. */
async function runPart(name: string, [command = "", ...args]: readonly string[]): Promise<Result> {
  process.stdout.write(`\n── ${name} ${"─".repeat(60 - name.length)}\n`);
  const began = performance.now();
  const child = startChild({
    name,
    command,
    args,
    cwd: process.cwd(),
    onLine: (line) => process.stdout.write(`${line}\n`),
  });
  function end(): void {
    // Its whole session, since npm stands between us and the tests.
    if (child.pid !== undefined && child.running) process.kill(-child.pid, "SIGTERM");
  }
  const timer = setTimeout(() => {
    process.stdout.write(`${name} took longer than ${partTimeoutMs / 60_000} minutes: ended\n`);
    end();
  }, partTimeoutMs);
  interrupted.signal.addEventListener("abort", end);
  const exit = await child.exited;
  interrupted.signal.removeEventListener("abort", end);
  clearTimeout(timer);
  return { name, ok: exit.code === 0, seconds: (performance.now() - began) / 1000 };
}

const results: Result[] = [];
for (const [name, command] of Object.entries(parts)) {
  if (asked.length > 0 ? !asked.includes(name) : needKubernetes.includes(name) && !withKubernetes) continue;
  if (interrupted.signal.aborted) break;
  results.push(await runPart(name, command));
}

process.stdout.write(`\n── summary ${"─".repeat(53)}\n`);
for (const { name, ok, seconds } of results) {
  process.stdout.write(
    `${ok ? "ok    " : "FAILED"}  ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s\n`,
  );
}
if (asked.length === 0 && !withKubernetes)
  process.stdout.write(
    `left out  ${needKubernetes.join(", ")}: they need a Kubernetes. Set KUBECONFIG, load the images of \`npm run images\` ` +
      "onto its nodes, and run `npm test -- kube e2e` (see tests/e2e/README.md).\n",
  );
const total = results.reduce((sum, { seconds }) => sum + seconds, 0);
const failed = results.filter(({ ok }) => !ok).map(({ name }) => name);
const verdict = failed.length > 0 ? `failed: ${failed.join(", ")}` : "all green";
process.stdout.write(
  `${interrupted.signal.aborted ? "interrupted" : verdict}, ${total.toFixed(1)} s in all\n`,
);
process.exitCode = failed.length > 0 || interrupted.signal.aborted ? 1 : 0;
