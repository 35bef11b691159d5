/**
 * The whole platform on one machine: stores, migrated schema, gateways and a worker, each a process of its own.
 * They stop in the opposite order of their start, so that nothing loses what it still needs.
 */
import { join } from "node:path";
import { migrate } from "../store/migrate.ts";
import { keptJwtSecret } from "./data-directory.ts";
import { type Stores, startStores } from "./engines.ts";
import { readableLogLine } from "./log-line.ts";
import { stackPorts } from "./ports.ts";
import { type Service, service } from "./service.ts";

/** How the stack is started. */
export interface StackOptions {
  dataDirectory: string;
  /** The surroundings; DATABASE_URL and REDIS_URL in it replace the embedded engines. */
  env: Readonly<Record<string, string | undefined>>;
  print: (name: string, line: string) => void;
  /** An engine died too often to be started again: the stack is to be stopped. */
  onFatal: (reason: string) => void;
  /** A gateway or the worker did. */
  onGivenUp: (reason: string) => void;
  /** Aborts the start. */
  signal: AbortSignal;
}

/** A running stack. Disposing of it stops everything within half a minute. */
export interface Stack extends AsyncDisposable {
  readonly stores: Stores;
  readonly gateways: readonly { name: string; url: string; metricsUrl: string }[];
  /** Stops and starts the gateways one after another, then the worker: for changed sources. */
  reload(): Promise<void>;
  /** SIGKILL of gateways and worker, so that a stop under way has only the stores left. */
  hurry(): void;
}

/** Starts everything; resolves when all gateways are ready, rejects with what failed and nothing left running. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { env, signal } = options;
  const host = env.HOST ?? "127.0.0.1"; // demo users with a known password are not for the whole network
  const [first, firstMetrics] = [Number(env.PORT || 3000), Number(env.METRICS_PORT || 9464)];
  const ports = await stackPorts(
    2,
    host,
    first,
    firstMetrics,
    (line) => options.print("nexus", line),
    signal,
  );
  signal.throwIfAborted();

  await using cleanup = new AsyncDisposableStack();
  const stores = await startStores(
    {
      ...options,
      databaseUrl: env.DATABASE_URL,
      redisUrl: env.REDIS_URL,
      onFatal: (reason) => signal.aborted || options.onFatal(reason),
    },
    cleanup,
  );
  signal.throwIfAborted();
  await migrate(stores.databaseUrl, (line) => options.print("migrate", line));
  signal.throwIfAborted();

  const common = {
    SHUTDOWN_GRACE: "6000",
    DRAIN_DELAY: "0", // no load balancer to wait for
    ...env,
    HOST: host,
    DATABASE_URL: stores.databaseUrl,
    REDIS_URL: stores.redisUrl,
    JWT_SECRET: env.JWT_SECRET ?? (await keptJwtSecret(options.dataDirectory)),
    ...(!env.ATTACHMENTS_S3_URL && {
      ATTACHMENTS_PATH: env.ATTACHMENTS_PATH || join(options.dataDirectory, "attachments"),
    }),
  };
  function make(name: string, main: string, extra: Record<string, string>, readyUrl?: string): Service {
    return service({
      name,
      main,
      env: { ...common, ...extra },
      print: (line) => options.print(name, readableLogLine(line)),
      onGivenUp: () => options.onGivenUp(`${name} cannot be kept running.`),
      ...(readyUrl && { readyUrl }),
    });
  }

  const addresses = ports.gateways.map((port, index) => ({
    name: `gateway ${index + 1}`,
    url: `http://localhost:${port}`,
    metricsUrl: `http://localhost:${ports.metrics[index]}/metrics`,
  }));
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host;
  const gateways = ports.gateways.map((port, index) =>
    make(
      `gateway ${index + 1}`,
      "src/gateway/main.ts",
      { PORT: String(port), METRICS_PORT: String(ports.metrics[index]), GATEWAY_ID: `gateway-${index + 1}` },
      `http://${reachable}:${port}/readyz`,
    ),
  );
  const worker = make(
    "worker",
    "src/worker/main.ts",
    { METRICS_PORT: String(ports.workerMetrics) },
    `http://${reachable}:${ports.workerMetrics}/readyz`,
  );

  // In the order of their disposal, last first: gateways, then the worker, then the stores.
  cleanup.defer(() => worker.stop());
  cleanup.defer(async () => {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  });
  const giveUp = () => {
    for (const each of [...gateways, worker]) each.kill(); // ends the wait for them below
  };
  signal.addEventListener("abort", giveUp, { once: true });
  await Promise.all([...gateways, worker].map((each) => each.start()));
  signal.removeEventListener("abort", giveUp);
  signal.throwIfAborted();

  const owned = cleanup.move();
  return {
    stores,
    gateways: addresses,
    async reload() {
      for (const each of [...gateways, worker]) {
        await each.stop();
        if (signal.aborted) return;
        await each.start();
      }
    },
    hurry() {
      for (const each of [...gateways, worker]) each.kill();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
