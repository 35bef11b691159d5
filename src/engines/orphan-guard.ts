import { spawn } from "node:child_process";

/**
 * Ends a process that knows nothing of us (Postgres, a native Redis) when this process goes, even by SIGKILL:
 * a shell holds the other end of a pipe, and its closing is the signal. Returns the function that calls the
 * guard off; call it as soon as the process has ended, so that a later process with its pid is safe.
 *
 * `signal` is sent first, SIGKILL five seconds later; then `temporaryDirectory`, if there is one, is removed.
 */
export function guardAgainstOrphan(
  pid: number,
  signal: "TERM" | "INT" | "QUIT",
  temporaryDirectory?: string,
): () => void {
  const script = [
    "cat >/dev/null", // until the pipe closes
    `kill -${signal} ${pid} 2>/dev/null`,
    `for i in 1 2 3 4 5; do kill -0 ${pid} 2>/dev/null || break; sleep 1; done`,
    `kill -KILL ${pid} 2>/dev/null`,
    '[ -z "$1" ] || rm -rf "$1"',
  ].join("\n");
  const guard = spawn("/bin/sh", ["-c", script, "sh", temporaryDirectory ?? ""], {
    detached: true,
    cwd: "/",
    env: { PATH: "/usr/bin:/bin" },
    stdio: ["pipe", "ignore", "ignore"],
  });
  // No shell, no guard: the engine then outlives a SIGKILLed parent, which the next start copes with.
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  guard.unref();
  return () => {
    // Its process group, so that the `cat` goes with the shell and the pipe's end never reads as our death.
    if (guard.pid === undefined || guard.exitCode !== null || guard.signalCode !== null) return;
    try {
      process.kill(-guard.pid, "SIGKILL");
    } catch {
      // It ended in this very moment.
    }
  };
}
