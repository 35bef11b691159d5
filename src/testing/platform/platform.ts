/**
 * The platform as it really runs, for tests: Postgres, Valkey, gateways and a worker, each a process of its
 * own that may be killed, paused and restarted. Nothing in it is imitated.
 */
import { randomBytes } from "node:crypto";
import { describeExit } from "../../engines/child-process.ts";
import { freePort } from "../../engines/free-port.ts";
import { startNodeMain } from "../../engines/node-main.ts";
import { type PostgresEngine, type PostgresOptions, startPostgres } from "../../engines/postgres.ts";
import { type RedisEngine, type RedisOptions, startRedis } from "../../engines/redis.ts";
import { type ServiceProcess, serviceProcess } from "./service-process.ts";

/** What the platform is made of; the defaults are two gateways, a worker and embedded engines. */
export interface PlatformOptions {
  gateways?: number;
  worker?: boolean;
  /** More settings for gateways and worker; they win over the ones a test gets by default. */
  env?: Readonly<Record<string, string>>;
  /** A running engine (which the platform then leaves running), or how to start one. */
  postgres?: PostgresEngine | PostgresOptions;
  /** As with `postgres`; `false`: a platform without Redis. */
  redis?: RedisEngine | RedisOptions | false;
  /** Other programs in place of src/{gateway,worker,store}/main.ts. */
  mains?: { gateway?: string; worker?: string; migrate?: string };
  onLine?: (process: string, line: string) => void;
}

/** A gateway and where it is; its ports stay the same whenever it is started again. */
export interface GatewayProcess extends ServiceProcess {
  /** Of REST, and of Socket.IO with `/ws` behind it. */
  readonly url: string;
  readonly metricsUrl: string;
}

/** A running platform. Disposing of it ends all its processes and removes their data. */
export interface Platform extends AsyncDisposable {
  readonly gateways: readonly GatewayProcess[];
  readonly worker: ServiceProcess | undefined;
  readonly postgres: PostgresEngine;
  readonly redis: RedisEngine | undefined;
  /** What gateways and worker get, their ports aside. */
  readonly env: Readonly<Record<string, string>>;
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly jwtSecret: string;
}

const testSettings = {
  LOG_LEVEL: "info",
  HOST: "127.0.0.1",
  DRAIN_DELAY: "0",
  SHUTDOWN_GRACE: "10000",
  PASSWORD_SCRYPT_COST: "1024",
  RATE_LIMIT_MESSAGES_PER_MINUTE: "0",
  RATE_LIMIT_MESSAGES_PER_HOUR: "0",
  RATE_LIMIT_CONVERSATION_PER_MINUTE: "0",
  RATE_LIMIT_UPLOADS_PER_HOUR: "0",
  RATE_LIMIT_LOGINS_PER_MINUTE: "0",
};

/**
 * Starts everything, migrates the database and resolves when every gateway says it is ready. A start that
 * fails rejects with the failing process's output and leaves nothing running.
 */
export async function startPlatform(options: PlatformOptions = {}): Promise<Platform> {
  await using cleanup = new AsyncDisposableStack();
  const [postgres, redis] = await startEngines(options, cleanup);
  const jwtSecret = options.env?.JWT_SECRET ?? randomBytes(32).toString("hex");
  const env: Record<string, string> = {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    ...testSettings,
    DATABASE_URL: postgres.url,
    ...(redis && { REDIS_URL: redis.url }),
    JWT_SECRET: jwtSecret,
    ...options.env,
  };

  await migrateWith(options.mains?.migrate ?? "src/store/main.ts", env);

  const gateways: GatewayProcess[] = [];
  for (let number = 1; number <= (options.gateways ?? 2); number++) {
    gateways.push(await gatewayProcess(number, env, options));
  }
  const worker = options.worker === false ? undefined : await workerProcess(env, options);
  const services = worker ? [...gateways, worker] : gateways;
  for (const service of services) cleanup.defer(() => service.kill());
  await Promise.all(services.map((service) => service.start()));

  const owned = cleanup.move();
  return {
    gateways,
    worker,
    postgres,
    redis,
    env,
    databaseUrl: env.DATABASE_URL ?? postgres.url,
    redisUrl: env.REDIS_URL,
    jwtSecret,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startEngines(
  options: PlatformOptions,
  cleanup: AsyncDisposableStack,
): Promise<[PostgresEngine, RedisEngine | undefined]> {
  const { postgres = {}, redis = {} } = options;
  const starts = await Promise.allSettled([
    "url" in postgres ? postgres : startTestPostgres(postgres).then((engine) => cleanup.use(engine)),
    redis === false || "url" in redis ? redis : startRedis(redis).then((engine) => cleanup.use(engine)),
  ]);
  const [first, second] = starts;
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return [first.value, second.value || undefined];
}

/** Postgres with pg_stat_statements, by which tests count statements. */
function startTestPostgres(options: PostgresOptions): Promise<PostgresEngine> {
  const settings = { shared_preload_libraries: "pg_stat_statements", ...options.settings };
  return startPostgres({ ...options, settings });
}

async function migrateWith(main: string, env: Record<string, string>): Promise<void> {
  const child = startNodeMain({ name: "migrate", main, env });
  const timer = setTimeout(() => child.signal("SIGKILL"), 60_000);
  const exit = await child.exited;
  clearTimeout(timer);
  if (exit.code !== 0) throw new Error(`The migration failed (${describeExit(exit)}):\n${child.tail()}`);
}

async function gatewayProcess(
  number: number,
  env: Record<string, string>,
  options: PlatformOptions,
): Promise<GatewayProcess> {
  const name = `gateway-${number}`;
  const [port, metricsPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const service = serviceProcess(
    {
      name,
      main: options.mains?.gateway ?? "src/gateway/main.ts",
      env: { ...env, GATEWAY_ID: name, PORT: String(port), METRICS_PORT: String(metricsPort) },
      onLine: (line) => options.onLine?.(name, line),
    },
    `${url}/readyz`,
  );
  const addresses = { url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` };
  // Not a spread: `pid` and `running` are getters.
  return Object.assign(service, addresses);
}

async function workerProcess(env: Record<string, string>, options: PlatformOptions): Promise<ServiceProcess> {
  const port = await freePort();
  return serviceProcess(
    {
      name: "worker",
      main: options.mains?.worker ?? "src/worker/main.ts",
      env: { ...env, METRICS_PORT: String(port) },
      onLine: (line) => options.onLine?.("worker", line),
    },
    `http://127.0.0.1:${port}/readyz`,
  );
}
