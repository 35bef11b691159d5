import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import postgres from "postgres";
import { type Child, describeExit, startChild } from "./child-process.ts";
import { freePort, isPortFree } from "./free-port.ts";
import { guardAgainstOrphan } from "./orphan-guard.ts";
import { chooseAccount, invocation } from "./postgres-account.ts";
import { prepareData, superuser } from "./postgres-data.ts";
import { findPostgres } from "./postgres-install.ts";
import { childrenOf, claimData, untilGone } from "./postgres-lock.ts";

/** How to start a Postgres on 127.0.0.1. */
export interface PostgresOptions {
  /** Where the data is kept; without it a temporary directory, removed at the stop. */
  dataDir?: string;
  /** Without it any free port, kept for this engine's whole life. */
  port?: number;
  /** The programs of another installation, e.g. /usr/lib/postgresql/15/bin; without it embedded Postgres 18. */
  binDir?: string;
  /** More settings, as in postgresql.conf. */
  settings?: Readonly<Record<string, string | number>>;
  /** The database that `url` names; created when it is missing. */
  database?: string;
  onLine?: (line: string) => void;
  /** Called when the server ends without having been asked to. */
  onExit?: (reason: string) => void;
  startTimeoutMs?: number;
}

/** A running server; `fsync` is on unless the settings say otherwise. */
export interface PostgresEngine extends AsyncDisposable {
  /** With the superuser's name and password: not for a log. */
  readonly url: string;
  readonly port: number;
  readonly major: number;
  readonly dataDir: string;
  readonly pid: number | undefined;
  /** Ends sessions and the server within 15 s; removes the data if it is temporary. */
  stop(): Promise<void>;
  /** SIGKILL of the server and of all its backends, as in a crash; the data stays. */
  kill(): Promise<void>;
  /** Stops it (if it runs) and starts it on the same data and port; after `kill` it recovers from its log. */
  restart(): Promise<void>;
}

const readyLine = /database system is ready to accept (read-only )?connections/;

/**
 * Starts Postgres, creating its data if there is none, and resolves when it takes connections; rejects with its
 * last output otherwise (`startTimeoutMs`, 60 s: recovery after a crash counts). As root it runs under another
 * account. It dies with this process, however this process ends.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresEngine> {
  const install = await findPostgres(options.binDir);
  const temporary = options.dataDir ? undefined : await mkdtemp(join(tmpdir(), "nexus-postgres-"));
  if (temporary) await chmod(temporary, 0o711); // as root, Postgres's account has to pass through it
  const dataDir = resolve(options.dataDir ?? join(temporary ?? "", "data"));
  const port = options.port ?? (await freePort());
  const database = options.database ?? "nexus";
  let server: Child | undefined;
  let callOff: (() => void) | undefined;
  let stopping = false;

  async function launch(): Promise<string> {
    stopping = false;
    const account = await chooseAccount(dataDir);
    const password = await prepareData(install, dataDir, account, temporary !== undefined);
    await claimData(dataDir);
    if (!(await isPortFree(port))) throw new Error(`Port ${port} is taken; Postgres cannot listen on it.`);
    const settings = {
      listen_addresses: "127.0.0.1",
      // TCP only: a socket's path is limited to 107 characters, and a checkout's may be longer.
      unix_socket_directories: "",
      max_connections: 200,
      logging_collector: "off",
      log_checkpoints: "off",
      ...options.settings,
    };
    const args = ["-D", dataDir, "-p", String(port)];
    for (const [name, value] of Object.entries(settings)) args.push("-c", `${name}=${value}`);
    const call = await invocation(install.postgres, args, account, [dataDir]);
    const started = startChild({
      name: `Postgres ${install.major}`,
      env: { LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" },
      ...(options.onLine && { onLine: options.onLine }),
      ...call,
    });
    server = started;
    if (started.pid !== undefined) callOff = guardAgainstOrphan(started.pid, "INT", temporary);
    try {
      await started.waitForLine((line) => readyLine.test(line), options.startTimeoutMs ?? 60_000);
    } catch (error) {
      await end();
      throw error;
    }
    void started.exited.then((exit) => {
      if (!stopping) options.onExit?.(describeExit(exit));
    });
    return `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`;
  }

  async function end(orderly = true): Promise<void> {
    stopping = true;
    // SIGINT is Postgres's "fast" shutdown, SIGQUIT its "immediate" one, after which the next start recovers.
    const immediate = setTimeout(() => server?.signal("SIGQUIT"), 10_000);
    await server?.stop(orderly ? "SIGINT" : "SIGQUIT", 15_000);
    clearTimeout(immediate);
    callOff?.();
  }

  async function kill(): Promise<void> {
    stopping = true;
    const pid = server?.pid;
    if (!server?.running || pid === undefined) return;
    server.signal("SIGSTOP"); // or it would fork another child while we list them
    const backends = await childrenOf(pid);
    server.signal("SIGKILL");
    for (const backend of backends) {
      try {
        process.kill(backend, "SIGKILL");
      } catch {
        // It has noticed the server's end already.
      }
    }
    await server.exited;
    callOff?.();
    // A backend that lives on holds the shared memory, and the next start would refuse.
    if (!(await untilGone(backends, 10_000)))
      throw new Error("Backends of Postgres survived SIGKILL for 10 s.");
  }

  async function stop(): Promise<void> {
    await end(temporary === undefined); // nobody will read data that is about to be removed
    await rm(`${dataDir}.owner`, { force: true });
    if (temporary) await rm(temporary, { recursive: true, force: true });
  }

  let url: string;
  try {
    url = await launch();
    await createDatabase(url, database);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    port,
    major: install.major,
    dataDir,
    get pid() {
      return server?.running ? server.pid : undefined;
    },
    stop,
    kill,
    async restart() {
      await end();
      await launch();
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function createDatabase(url: string, name: string): Promise<void> {
  const admin = new URL(url);
  admin.pathname = "/postgres";
  const sql = postgres(admin.href, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    const [row] = await sql`SELECT 1 FROM pg_database WHERE datname = ${name}`;
    if (!row) await sql`CREATE DATABASE ${sql(name)}`;
  } finally {
    await sql.end({ timeout: 5 });
  }
}
