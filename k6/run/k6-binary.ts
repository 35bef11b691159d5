import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { access, constants, rename } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { startChild } from "../../src/engines/child-process.ts";

/** What is built where there is none; any k6 from 1.0 on runs the scripts. */
export const K6_VERSION = "2.2.0";
const MODULE = `go.k6.io/k6/v2@v${K6_VERSION}`;
const BUILD_MS = 15 * 60_000;

export const k6Advice = `There is no k6 here, and no Go to build one: install k6 (https://grafana.com/docs/k6/latest/set-up/install-k6/) or Go 1.26 (https://go.dev/dl/), or name a k6 by --k6`;

/** A k6 that runs TypeScript: the one on PATH, or the one that was built before. Undefined: none. */
export async function findK6(): Promise<string | undefined> {
  for (const folder of [...(process.env.PATH ?? "").split(delimiter), cacheFolder()]) {
    // node_modules/.bin and the like are no places for it.
    const path = join(folder, "k6");
    if (folder.startsWith("/") && (await isExecutable(path)) && isRecent(path)) return path;
  }
  return undefined;
}

/** Whether `buildK6` can work here. */
export function hasGo(): boolean {
  return spawnSync("go", ["version"], { timeout: 10_000 }).status === 0;
}

/** Builds k6 from its Go module, once a machine; takes minutes. @throws Error with the end of Go's output. */
export async function buildK6(tell: (line: string) => void): Promise<string> {
  if (!hasGo()) throw new Error(k6Advice);
  const folder = cacheFolder();
  const trial = join(folder, `building-${process.pid}`);
  mkdirSync(trial, { recursive: true });
  tell(`building k6 ${K6_VERSION} from ${MODULE}: once, a few minutes`);
  const env = { ...process.env, GOBIN: trial, CGO_ENABLED: "0", GOFLAGS: "-mod=mod" };
  const child = startChild({ name: "go install", command: "go", args: ["install", MODULE], env });
  const timer = setTimeout(() => child.signal("SIGKILL"), BUILD_MS);
  const exit = await child.exited;
  clearTimeout(timer);
  if (exit.code !== 0) throw new Error(`k6 could not be built:\n${child.tail()}`);
  await rename(join(trial, "k6"), join(folder, "k6"));
  return join(folder, "k6");
}

function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "nexus-k6");
}

/** TypeScript runs as it is since 0.57, and `k6/websockets` has its place since 1.0. */
function isRecent(path: string): boolean {
  const { stdout } = spawnSync(path, ["version"], { encoding: "utf8", timeout: 10_000 });
  return Number(/^k6(?:\.exe)? v(\d+)\./.exec(stdout ?? "")?.[1] ?? 0) >= 1;
}

function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
