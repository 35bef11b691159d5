import { watch } from "node:fs";

const quietMs = 250;
// Tests, and rooms that gateways and worker do not load.
const ignored = /\.test\.ts$|^(dev|engines|testing|chat|web)\//;

/** Whether a change of this file (relative to src) is one that gateways or worker would notice. */
export function concernsServices(file: string): boolean {
  return /\.(ts|sql|lua)$/.test(file) && !ignored.test(file);
}

/** Whether it is part of the web client, which gateways serve as it was built when they started. */
export function concernsWebClient(file: string): boolean {
  return /^web\/.*\.(tsx?|css|html|svg|webmanifest)$/.test(file) && !/\.test\.tsx?$/.test(file);
}

/**
 * Calls `reload` when sources under `directory` have changed and then been quiet for 250 ms; changes during a
 * reload lead to one more. Ends with `signal`.
 */
export function watchSources(
  directory: string,
  signal: AbortSignal,
  reload: (file: string) => Promise<void>,
): void {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let changed: string | undefined;

  async function run(): Promise<void> {
    if (running || changed === undefined || signal.aborted) return;
    const file = changed;
    changed = undefined;
    running = true;
    try {
      await reload(file);
    } finally {
      running = false;
      void run();
    }
  }

  const watcher = watch(directory, { recursive: true, signal }, (_event, file) => {
    if (file === null || !(concernsServices(file) || concernsWebClient(file))) return;
    changed = file;
    clearTimeout(timer);
    timer = setTimeout(() => void run(), quietMs);
  });
  watcher.on("error", (error) => {
    process.stderr.write(`Sources are not watched any more: ${error.message}\n`);
  });
  signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
}
