import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a child process is started with. Times are milliseconds everywhere in this room. */
export interface ChildOptions {
  /** How messages and errors call it, e.g. "gateway 1". */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the child; without it the parent's. */
  env?: Readonly<Record<string, string | undefined>>;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Opens an IPC channel, by whose closing a Node child notices that its parent is gone. */
  ipc?: boolean;
  onLine?: (line: string) => void;
}

/** How a child ended: exactly one of the two is set, or `error` when it never started. */
export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
  error?: Error;
}

/** A running (or ended) process that is ours to stop. */
export interface Child {
  readonly name: string;
  readonly pid: number | undefined;
  readonly running: boolean;
  /** Settles when the process has ended and its output is read to the end; never rejects. */
  readonly exited: Promise<ChildExit>;
  /** The last lines it printed, for an error message. */
  tail(): string;
  signal(signal: NodeJS.Signals): boolean;
  /** Sends `signal`, and SIGKILL after `graceMs`; resolves when the process is gone. */
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<ChildExit>;
  /** Resolves with the first printed line that `accepts`; rejects with the output at its end or the time-out. */
  waitForLine(accepts: (line: string) => boolean, timeoutMs: number): Promise<string>;
}

const keptLines = 60;

/**
 * Starts a process in a session of its own, so that a Ctrl-C in the terminal reaches only the parent, which
 * then stops its children in the order it wants. Never throws: a failed start shows in `exited` and `tail()`.
 */
export function startChild(options: ChildOptions): Child {
  const process = spawn(options.command, options.args, {
    detached: true,
    cwd: options.cwd ?? "/",
    stdio: ["ignore", "pipe", "pipe", ...(options.ipc ? (["ipc"] as const) : [])],
    ...(options.env && { env: { ...options.env } }),
    ...(options.uid !== undefined && { uid: options.uid }),
    ...(options.gid !== undefined && { gid: options.gid }),
  });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  let running = process.pid !== undefined;

  function print(line: string): void {
    lines.push(line);
    if (lines.length > keptLines) lines.shift();
    options.onLine?.(line);
    for (const listener of listeners) listener(line);
  }
  // Since `stdio` above is built at run time, the types cannot know that both pipes exist.
  for (const stream of [process.stdout, process.stderr]) {
    if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", print);
  }

  process.once("exit", () => {
    running = false;
  });
  const exited = new Promise<ChildExit>((resolve) => {
    process.once("error", (error) => {
      if (process.pid !== undefined) return; // a signal that failed; the process itself still ends by "close"
      print(`cannot start ${options.command}: ${error.message}`);
      resolve({ code: null, signal: null, error });
    });
    process.once("close", (code, signal) => resolve({ code, signal }));
  });

  return {
    name: options.name,
    pid: process.pid,
    get running() {
      return running;
    },
    exited,
    tail: () => lines.join("\n"),
    signal: (signal) => running && process.kill(signal),
    async stop(signal = "SIGTERM", graceMs = 10_000) {
      if (!running) return exited;
      process.kill(signal);
      const hard = setTimeout(() => process.kill("SIGKILL"), graceMs);
      try {
        return await exited;
      } finally {
        clearTimeout(hard);
      }
    },
    waitForLine(accepts, timeoutMs) {
      return new Promise((resolve, reject) => {
        function finish(act: () => void): void {
          clearTimeout(timer);
          listeners.delete(listener);
          act();
        }
        function fail(what: string): void {
          finish(() =>
            reject(new Error(`${options.name} ${what}; its last output was:\n${lines.join("\n")}`)),
          );
        }
        function listener(line: string): void {
          if (accepts(line)) finish(() => resolve(line));
        }
        const timer = setTimeout(() => fail(`was not ready within ${timeoutMs} ms`), timeoutMs);
        const seen = lines.find(accepts);
        if (seen !== undefined) return finish(() => resolve(seen));
        listeners.add(listener);
        void exited.then((exit) => fail(`ended by itself (${describeExit(exit)})`));
      });
    },
  };
}

/** "exit code 1", "signal SIGKILL" or the reason why it never started. */
export function describeExit(exit: ChildExit): string {
  if (exit.error) return exit.error.message;
  return exit.signal ? `signal ${exit.signal}` : `exit code ${exit.code}`;
}
