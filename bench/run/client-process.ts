import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Commands } from "../client/commands.ts";

const main = fileURLToPath(new URL("../client/main.ts", import.meta.url));

interface Answer {
  id: number;
  result?: unknown;
  error?: string;
}

/** The process that makes the load, apart from everything that is measured. */
export interface ClientProcess extends AsyncDisposable {
  readonly pid: number;
  /** Resolves with the command's result; rejects with its error, at the client's end or after `timeoutMs`. */
  ask<C extends keyof Commands>(
    command: C,
    args: Commands[C]["args"],
    timeoutMs: number,
  ): Promise<Commands[C]["result"]>;
}

/** Starts the client; it ends with this process, however this process ends. */
export function startClient(): ClientProcess {
  const child: ChildProcess = fork(main, [], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map<number, (answer: Answer) => void>();
  let last = 0;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.on("message", (answer: Answer) => waiting.get(answer.id)?.(answer));
  void exited.then(() => {
    for (const [id, settle] of waiting) settle({ id, error: "the client process ended" });
  });
  return {
    pid: child.pid!,
    ask(command, args, timeoutMs) {
      const id = ++last;
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => waiting.get(id)?.({ id, error: `no answer within ${timeoutMs} ms` }),
          timeoutMs,
        );
        waiting.set(id, (answer) => {
          clearTimeout(timer);
          waiting.delete(id);
          if (answer.error === undefined) resolve(answer.result as Commands[typeof command]["result"]);
          else reject(new Error(`bench client, ${command}: ${answer.error}`));
        });
        child.send({ id, command, args }, (error) => {
          if (error) waiting.get(id)?.({ id, error: error.message });
        });
      });
    },
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      const hard = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await exited;
      clearTimeout(hard);
    },
  };
}
