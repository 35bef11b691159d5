import { type Child, describeExit } from "../engines/child-process.ts";
import { startNodeMain } from "../engines/node-main.ts";
import { restartBudget } from "./restart-budget.ts";

/** A gateway or worker of the development stack, started again when it dies by itself. */
export interface Service {
  readonly name: string;
  /** Resolves when it is ready; rejects with its output when it ends or stays unready for 60 s. */
  start(): Promise<void>;
  /** SIGTERM, then SIGKILL after 10 s; it is not started again. */
  stop(): Promise<void>;
  /** SIGKILL, for somebody in a hurry; it is not started again. */
  kill(): void;
}

/** What a service is and whom it tells about itself. */
export interface ServiceOptions {
  name: string;
  main: string;
  env: Readonly<Record<string, string | undefined>>;
  /** Asked until it answers 200; without it a running process counts as ready. */
  readyUrl?: string;
  print: (line: string) => void;
  /** It died more often than it is started again. */
  onGivenUp: () => void;
}

const readyTimeoutMs = 60_000;
const stopTimeoutMs = 10_000;

/** Makes the handle of a service; nothing runs until `start()`. */
export function service(options: ServiceOptions): Service {
  const budget = restartBudget();
  let child: Child | undefined;
  let wanted = false;
  let restart: NodeJS.Timeout | undefined;

  function launch(): Child {
    const launched = startNodeMain({
      name: options.name,
      main: options.main,
      env: options.env,
      onLine: options.print,
    });
    child = launched;
    return launched;
  }

  function watch(launched: Child): void {
    void launched.exited.then((exit) => {
      if (!wanted || child !== launched) return;
      const delay = budget.next(performance.now());
      if (delay === undefined) {
        options.print(`died again (${describeExit(exit)}), too often in the last minute: not started again`);
        wanted = false;
        options.onGivenUp();
        return;
      }
      options.print(`died (${describeExit(exit)}): starting it again`);
      restart = setTimeout(() => watch(launch()), delay);
    });
  }

  return {
    name: options.name,
    async start() {
      wanted = true;
      const launched = launch();
      // Only what was ready once is started again: a start that fails is the caller's to report.
      if (options.readyUrl) await untilReady(launched, options.readyUrl, () => wanted);
      if (wanted) watch(launched);
    },
    async stop() {
      wanted = false;
      clearTimeout(restart);
      await child?.stop("SIGTERM", stopTimeoutMs);
    },
    kill() {
      wanted = false;
      clearTimeout(restart);
      child?.signal("SIGKILL");
    },
  };
}

async function untilReady(child: Child, url: string, wanted: () => boolean): Promise<void> {
  const deadline = performance.now() + readyTimeoutMs;
  let ended: string | undefined;
  void child.exited.then((exit) => {
    ended = describeExit(exit);
  });
  while (wanted() && performance.now() < deadline) {
    if (ended !== undefined)
      throw new Error(`${child.name} did not start: it ended with ${ended}. See its lines above.`);
    const status = await fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (wanted()) throw new Error(`${child.name} was not ready within ${readyTimeoutMs / 1000} s (${url}).`);
}
