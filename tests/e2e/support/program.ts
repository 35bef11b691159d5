import { spawn } from "node:child_process";

export type RunOptions = {
  /** Given to the program's standard input. */
  readonly input?: string;
  /** In milliseconds (60,000); the program is killed then. */
  readonly timeoutMs?: number;
  readonly cwd?: string;
};

const hints: Readonly<Record<string, string>> = {
  kubectl: "https://kubernetes.io/docs/tasks/tools/",
  helm: "https://helm.sh/docs/intro/install/",
};

/** Runs a program from PATH and resolves with what it said; rejects with both of its outputs when it failed. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { input, timeoutMs = 60_000, cwd } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ["pipe", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      out += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err += text;
    });
    child.once("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      const missing = `${program} is not on PATH: install it (${hints[program] ?? "it is needed by the end-to-end tests"})`;
      reject(error.code === "ENOENT" ? new Error(missing) : error);
    });
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(out);
      const end = late ? `took longer than ${timeoutMs} ms` : `ended with ${code ?? signal}`;
      reject(new Error(`${program} ${args.join(" ")} ${end}\n${err}${out}`));
    });
    child.stdin.on("error", () => {}); // it ended before it read all
    child.stdin.end(input ?? "");
  });
}

export function kubectl(args: readonly string[], options?: RunOptions): Promise<string> {
  return run("kubectl", args, options);
}

export function helm(args: readonly string[], options?: RunOptions): Promise<string> {
  return run("helm", args, options);
}
