/** The python-socketio client of client.py, as tests use it. */
import { execFile, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EventLog } from "../../src/testing/client/event-log.ts";
import type { Answer } from "../../src/testing/client/wire.ts";

const run = promisify(execFile);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const installTimeoutMs = 80_000;

/** A Python with the pinned packages, in a temporary directory. */
export interface PythonHome extends AsyncDisposable {
  readonly python: string;
}

/** Installs it; where there is no Python, venv or pip, resolves with what to install. */
export async function installPython(): Promise<PythonHome | { missing: string }> {
  const home = await mkdtemp(join(tmpdir(), "nexus-python-"));
  const remove = () => rm(home, { recursive: true, force: true });
  const python = join(home, "bin", "python");
  const options = { timeout: installTimeoutMs, env: { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: "1" } };
  try {
    await run("python3", ["-m", "venv", home], options);
    await run(
      python,
      ["-m", "pip", "install", "--quiet", "--no-deps", "-r", here("requirements.txt")],
      options,
    );
  } catch (error) {
    await remove();
    const { stderr, message } = error as { stderr?: string; message: string };
    const reason = (stderr || message).trim().split("\n").slice(-2).join(" ");
    return { missing: `apt-get install python3-venv, and let pip reach a package index: ${reason}` };
  }
  return { python, [Symbol.asyncDispose]: remove };
}

export interface PythonClient extends AsyncDisposable {
  /** What the server sent, and `connected`, `refused`, `failed`, `disconnected`. */
  readonly events: EventLog;
  /** Emits and resolves with the acknowledgement; rejects after 10 s. */
  emit<T = Record<string, unknown>>(event: string, payload: unknown): Promise<Answer<T>>;
  /** As `emit`, for tests that expect success. */
  must<T = Record<string, unknown>>(event: string, payload: unknown): Promise<T>;
}

/** Starts the client and lets it connect; how that went is in its events. */
export function startPython(
  home: PythonHome,
  to: { url: string; token: string; deviceId?: string },
): PythonClient {
  const child = spawn(home.python, ["-u", here("client.py")], { stdio: ["pipe", "pipe", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const events = new EventLog();
  const acks = new Map<number, (answer: never) => void>();
  let stderr = "";
  let emitted = 0;
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-4000);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    const told = JSON.parse(line);
    if ("ack" in told) acks.get(told.ack)?.(told.answer as never);
    else if ("event" in told) events.record(told.event, told.payload);
    else for (const [what, value] of Object.entries(told)) events.record(what, value);
  });
  const say = (command: object) => void child.stdin.write(`${JSON.stringify(command)}\n`);
  say({ do: "connect", deviceId: randomUUID(), ...to });

  const emit: PythonClient["emit"] = (event, payload) =>
    new Promise((resolve, reject) => {
      const id = ++emitted;
      const timer = setTimeout(() => reject(new Error(`${event}: no answer within 10 s; ${stderr}`)), 10_000);
      acks.set(id, (answer) => {
        clearTimeout(timer);
        acks.delete(id);
        resolve(answer);
      });
      say({ do: "emit", id, event, payload });
    });
  return {
    events,
    emit,
    async must<T>(event: string, payload: unknown) {
      const answer = await emit<T>(event, payload);
      if (!answer.ok) throw new Error(`${event} was refused: ${JSON.stringify(answer.error)}`);
      return answer.data;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
