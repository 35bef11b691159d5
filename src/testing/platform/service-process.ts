import { describeExit } from "../../engines/child-process.ts";
import { type NodeMainOptions, startNodeMain } from "../../engines/node-main.ts";

const readyTimeoutMs = 30_000;
const stopTimeoutMs = 30_000;
const pollMs = 25;

/** A gateway or worker as a test handles it: it may be killed, paused and started again on the same ports. */
export interface ServiceProcess {
  readonly name: string;
  readonly pid: number | undefined;
  readonly running: boolean;
  /** Starts it if it does not run, and resolves when `/readyz` answers 200. */
  start(): Promise<void>;
  /** SIGTERM: an orderly end. Resolves with the exit code; throws when it took more than 30 s. */
  stop(): Promise<number | null>;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
  /** Stops it in order if it runs, and starts it again. */
  restart(): Promise<void>;
  /** SIGSTOP: it keeps its connections and does nothing, as a machine that hangs. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** The last lines of its output. */
  output(): string;
}

/** Makes the handle of a service; `readyUrl` undefined means that a running process counts as ready. */
export function serviceProcess(options: NodeMainOptions, readyUrl: string | undefined): ServiceProcess {
  let child: ReturnType<typeof startNodeMain> | undefined;

  async function start(): Promise<void> {
    if (child?.running) return;
    child = startNodeMain(options);
    if (readyUrl === undefined) return;
    const deadline = performance.now() + readyTimeoutMs;
    let last = "no answer yet";
    let ended: string | undefined;
    void child.exited.then((exit) => {
      ended = describeExit(exit);
    });
    while (ended === undefined && performance.now() < deadline) {
      last = await askReady(readyUrl);
      if (last === "200") return;
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    const reason = ended ? `ended by itself (${ended})` : `was not ready after ${readyTimeoutMs} ms`;
    await child.stop("SIGKILL");
    throw new Error(`${options.name} ${reason}; ${readyUrl}: ${last}; its last output:\n${child.tail()}`);
  }

  async function stop(): Promise<number | null> {
    if (!child?.running) return child ? (await child.exited).code : null;
    child.signal("SIGCONT"); // paused, it would not see the SIGTERM
    const exit = await child.stop("SIGTERM", stopTimeoutMs);
    if (exit.signal === "SIGKILL") {
      throw new Error(
        `${options.name} ignored SIGTERM for ${stopTimeoutMs} ms; last output:\n${child.tail()}`,
      );
    }
    return exit.code;
  }

  return {
    name: options.name,
    get pid() {
      return child?.running ? child.pid : undefined;
    },
    get running() {
      return child?.running ?? false;
    },
    start,
    stop,
    async kill() {
      await child?.stop("SIGKILL");
    },
    async restart() {
      await stop();
      await start();
    },
    pause() {
      child?.signal("SIGSTOP");
    },
    resume() {
      child?.signal("SIGCONT");
    },
    output: () => child?.tail() ?? "",
  };
}

/** The status of GET /readyz with its body, or why there is none. */
async function askReady(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    const body = await response.text();
    return response.status === 200 ? "200" : `${response.status} ${body.slice(0, 300)}`;
  } catch (error) {
    return error instanceof Error ? String(error.cause ?? error) : String(error);
  }
}
