import { fileURLToPath } from "node:url";
import { nodeFlags } from "../../src/config/node-flags.ts";
import { type Child, describeExit, startChild } from "../../src/engines/child-process.ts";
import { freePort } from "../../src/engines/free-port.ts";
import type { TargetName } from "../client/dialect.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entry: Record<TargetName, string> = {
  nexus: "src/gateway/main.ts",
  baseline: "bench/baseline/main.ts",
};
const startMs = 30_000;

/** A gateway in a process of its own. */
export interface Gateway extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** Rejects when it ends without having been asked to; never resolves. */
  readonly died: Promise<never>;
}

/** Starts one gateway of `target` and resolves when its /readyz answers 200; `nodeArgs` go to Node itself. */
export async function startGateway(
  target: TargetName,
  stores: { databaseUrl: string; redisUrl: string; secret: string },
  nodeArgs: readonly string[] = [],
): Promise<Gateway> {
  const port = await freePort();
  const metricsPort = await freePort();
  const child = startChild({
    name: `${target} gateway`,
    command: process.execPath,
    args: [
      ...(target === "nexus" ? nodeFlags : []),
      "--import",
      `${root}src/engines/exit-with-parent.ts`,
      ...nodeArgs,
      root + entry[target],
    ],
    cwd: root,
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      ...passedOn(),
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATABASE_URL: stores.databaseUrl,
      REDIS_URL: stores.redisUrl,
      JWT_SECRET: stores.secret,
    },
    ipc: true,
    onLine: (line) => console.error(`  [${target} ${port}] ${line}`),
  });
  let stopping = false;
  const died = new Promise<never>((_, reject) => {
    void child.exited.then((exit) => {
      if (!stopping)
        reject(new Error(`The ${child.name} ended by itself: ${describeExit(exit)}\n${child.tail()}`));
    });
  });
  died.catch(() => {}); // whoever waits for something of it hears of it
  async function stop(): Promise<void> {
    stopping = true;
    await child.stop("SIGTERM", 15_000);
  }
  try {
    await Promise.race([untilReady(child, port), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, pid: child.pid!, died, [Symbol.asyncDispose]: stop };
}

/** Runs the migrations of Nexus. */
export async function migrate(databaseUrl: string): Promise<void> {
  const child = startChild({
    name: "migrate",
    command: process.execPath,
    args: [`${root}src/store/main.ts`],
    cwd: root,
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl },
  });
  const limit = setTimeout(() => child.signal("SIGKILL"), 60_000);
  const exit = await child.exited;
  clearTimeout(limit);
  if (exit.code !== 0) throw new Error(`The migrations failed:\n${child.tail()}`);
}

/**
 * Settings that both candidates get: no limits, little logging. BENCH_ENV_<NAME>=value sets or overrides any
 * other one, so that a tuning run needs no change of code.
 */
function passedOn(): Record<string, string> {
  const env: Record<string, string> = {
    HOST: "127.0.0.1",
    LOG_LEVEL: "warn",
    RATE_LIMIT_MESSAGES_PER_MINUTE: "0",
    RATE_LIMIT_MESSAGES_PER_HOUR: "0",
    RATE_LIMIT_CONVERSATION_PER_MINUTE: "0",
    RATE_LIMIT_UPLOADS_PER_HOUR: "0",
    RATE_LIMIT_LOGINS_PER_MINUTE: "0",
    WS_MAX_CONNECTIONS: "100000",
  };
  const prefix = "BENCH_ENV_";
  for (const [name, value] of Object.entries(process.env)) {
    if (name.startsWith(prefix) && value !== undefined) env[name.slice(prefix.length)] = value;
  }
  return env;
}

async function untilReady(child: Child, port: number): Promise<void> {
  const deadline = performance.now() + startMs;
  while (performance.now() < deadline) {
    if (!child.running) break;
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, {
      signal: AbortSignal.timeout(2_000),
    }).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${child.name} was not ready within ${startMs} ms:\n${child.tail()}`);
}
