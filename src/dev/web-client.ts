import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describeExit, startChild } from "../engines/child-process.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const result = join(root, "dist/web/service-worker.js"); // what the build writes last
const sources = ["src/web", "src/protocol", "vite.config.ts", "package-lock.json"];
const buildTimeoutMs = 120_000;

/**
 * Builds the web client (`npm run build:web`) where it is missing or older than its sources, in about 3 s. A build that
 * fails is said and not fatal: gateways go on without a client, or with the one before.
 */
export async function buildWebClient(print: (line: string) => void, signal?: AbortSignal): Promise<boolean> {
  if (!(await isStale())) return true;
  print("building the web client");
  const began = performance.now();
  const child = startChild({
    name: "vite",
    command: process.execPath,
    args: [join(root, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"],
    cwd: root,
    // Not the caller's: a test runner's NODE_ENV would make another client of it.
    env: { NODE_ENV: "production" },
  });
  const end = () => void child.stop("SIGTERM", 2_000);
  const timer = setTimeout(end, buildTimeoutMs);
  signal?.addEventListener("abort", end, { once: true });
  const exit = await child.exited;
  clearTimeout(timer);
  signal?.removeEventListener("abort", end);
  if (exit.code === 0) {
    print(`the web client is built (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    return true;
  }
  if (!signal?.aborted)
    print(
      `The web client could not be built (${describeExit(exit)}); try npm run build:web.\n${child.tail()}`,
    );
  return false;
}

/** Whether a source is newer than what was built. Tests are not sources. */
async function isStale(): Promise<boolean> {
  const built = await modified(result);
  if (built === undefined) return true;
  for (const source of sources) {
    const path = join(root, source);
    const newest = (await stat(path)).isDirectory() ? await newestIn(path) : await modified(path);
    if (newest !== undefined && newest > built) return true;
  }
  return false;
}

async function newestIn(directory: string): Promise<number> {
  const files = (await readdir(directory, { recursive: true })).filter((file) => !/\.test\.tsx?$/.test(file));
  const times = await Promise.all(files.map((file) => modified(join(directory, file))));
  return Math.max(0, ...times.map((time) => time ?? 0));
}

function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );
}
