import { join, relative } from "node:path";
import { startPostgres } from "../engines/postgres.ts";
import { startRedis } from "../engines/redis.ts";
import { isPostgresTrouble } from "./log-line.ts";
import { preferredPort } from "./ports.ts";
import { restartBudget } from "./restart-budget.ts";

/** The stores the stack runs on, embedded or somebody's. */
export interface Stores {
  databaseUrl: string;
  redisUrl: string;
  /** For people: what it is and where; never with a password. */
  postgres: string;
  redis: string;
}

/** What the engines need to know; `print` gets a name and a line, `onFatal` is called when one cannot be kept up. */
export interface StoresOptions {
  dataDirectory: string;
  databaseUrl?: string | undefined;
  redisUrl?: string | undefined;
  print: (name: string, line: string) => void;
  onFatal: (reason: string) => void;
}

/** Starts the engines for which no URL is given; they are stopped with `cleanup`, Redis before Postgres. */
export async function startStores(options: StoresOptions, cleanup: AsyncDisposableStack): Promise<Stores> {
  const postgres = options.databaseUrl
    ? { url: options.databaseUrl, is: `Postgres at ${withoutPassword(options.databaseUrl)}` }
    : await embeddedPostgres(options, cleanup);
  const redis = options.redisUrl
    ? { url: options.redisUrl, is: `Redis at ${withoutPassword(options.redisUrl)}` }
    : await embeddedRedis(options, cleanup);
  return { databaseUrl: postgres.url, redisUrl: redis.url, postgres: postgres.is, redis: redis.is };
}

async function embeddedPostgres(options: StoresOptions, cleanup: AsyncDisposableStack) {
  const dataDir = join(options.dataDirectory, "postgres");
  const engine = await startPostgres({
    dataDir,
    port: await preferredPort(25_432),
    onLine: (line) => isPostgresTrouble(line) && options.print("postgres", line),
    onExit: keptUp("postgres", options, () => engine.restart()),
  });
  cleanup.use(engine);
  const place = relative(process.cwd(), dataDir);
  return {
    url: engine.url,
    is: `Postgres ${engine.major} on 127.0.0.1:${engine.port}, its data in ${place}`,
  };
}

async function embeddedRedis(options: StoresOptions, cleanup: AsyncDisposableStack) {
  const engine = await startRedis({
    port: await preferredPort(26_380),
    onExit: keptUp("valkey", options, () => engine.restartEmpty()),
  });
  cleanup.use(engine);
  return { url: engine.url, is: `Valkey on 127.0.0.1:${engine.port}, in memory` };
}

/** What to do when an engine ends by itself: say so and start it again, a bounded number of times. */
function keptUp(
  name: string,
  options: StoresOptions,
  restart: () => Promise<void>,
): (reason: string) => void {
  const budget = restartBudget();
  return (reason) => {
    const delay = budget.next(performance.now());
    if (delay === undefined) return options.onFatal(`${name} died again (${reason})`);
    options.print(name, `died (${reason}): starting it again`);
    restart().catch((error: unknown) => options.onFatal(`${name} could not be started again: ${error}`));
  };
}

/** The address in a URL, fit to be shown. */
export function withoutPassword(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}${port && `:${port}`}${pathname === "/" ? "" : pathname}`;
}
