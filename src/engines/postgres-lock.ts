/**
 * Whose is the data directory? Postgres keeps its pid in postmaster.pid and refuses to start while any process
 * has that number, although after a SIGKILL, or in a container whose pids begin at 1 again, it may be anybody's.
 */
import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);
const leaveTimeoutMs = 15_000;
const pollMs = 50;

/** Whether a process with this pid exists (a zombie counts as gone). */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return state === undefined ? process.platform !== "linux" : !/^\d+ \(.*\) [ZX]/s.test(state);
}

/** Waits until none of `pids` exists; false when one of them still does after `timeoutMs`. */
export async function untilGone(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (const pid of pids) {
    while (await isAlive(pid)) {
      if (performance.now() > deadline) return false;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }
  return true;
}

/**
 * Clears the way for a Postgres of ours on `dataDir`: removes a stale postmaster.pid, and ends a Postgres whose
 * owner (the process that started it) is gone. Throws when one is running for somebody who is alive.
 */
export async function claimData(dataDir: string): Promise<void> {
  const lock = `${dataDir}/postmaster.pid`;
  const ownerFile = `${dataDir}.owner`;
  const pid = Number.parseInt(await readFile(lock, "utf8").catch(() => ""), 10);
  if (Number.isInteger(pid)) {
    if (await isPostgres(pid)) {
      const owner = Number.parseInt(await readFile(ownerFile, "utf8").catch(() => ""), 10);
      if (Number.isInteger(owner) && owner !== process.pid && (await isAlive(owner))) {
        throw new Error(
          `The data in ${dataDir} is in use: process ${owner} runs Postgres (pid ${pid}) on it. ` +
            "Stop that process first (Ctrl-C in its terminal, or kill it), then try again.",
        );
      }
      await dismiss(pid, dataDir);
    }
    await rm(lock, { force: true });
  }
  await writeFile(ownerFile, `${process.pid}\n`);
}

async function dismiss(pid: number, dataDir: string): Promise<void> {
  for (const signal of ["SIGINT", "SIGQUIT", "SIGKILL"] as const) {
    try {
      process.kill(pid, signal);
    } catch {
      return; // it went by itself
    }
    if (await untilGone([pid], leaveTimeoutMs / 3)) return;
  }
  throw new Error(`An old Postgres (pid ${pid}) on ${dataDir} does not end. Stop it with: kill -9 ${pid}`);
}

async function isPostgres(pid: number): Promise<boolean> {
  if (!(await isAlive(pid))) return false;
  const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(async () => {
    const { stdout } = await run("ps", ["-o", "command=", "-p", String(pid)], { timeout: 5_000 });
    return stdout;
  });
  return line.includes("postgres");
}

/** The pids of a process's children. */
export async function childrenOf(pid: number): Promise<number[]> {
  if (process.platform !== "linux") {
    const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="], { timeout: 5_000 });
    const rows = stdout.split("\n").map((line) => line.trim().split(/\s+/).map(Number));
    return rows.filter(([, parent]) => parent === pid).flatMap(([child]) => child ?? []);
  }
  const children: number[] = [];
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, "utf8").catch(() => "");
    // "pid (any name) state ppid …": the name may hold spaces and parentheses.
    if (Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) === pid) children.push(Number(entry));
  }
  return children;
}
