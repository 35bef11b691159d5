import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { type Child, startChild } from "./child-process.ts";
import { freePort } from "./free-port.ts";
import { guardAgainstOrphan } from "./orphan-guard.ts";

/** One process of a group of servers, on 127.0.0.1. */
export interface RedisNode extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  readonly running: boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again on its port, empty. */
  start(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing is answered. */
  pause(): void;
  resume(): void;
  /** One command by a connection of its own. Rejects when it is not answered within 2 s. */
  ask(command: string, ...args: string[]): Promise<unknown>;
}

/** Files of a certificate for 127.0.0.1, in PEM. */
export interface TlsFiles {
  ca: string;
  cert: string;
  key: string;
}

/** The password of every group that is started here. */
export const groupPassword = "a password of tests";

/**
 * Starts a real server with these lines of configuration, in a directory of its own, and resolves when it answers.
 * `sentinel`: as one. `tls`: it listens with TLS only. It dies with this process.
 */
export async function startRedisNode(
  binary: string,
  lines: readonly string[],
  options: { sentinel?: boolean; tls?: TlsFiles | undefined } = {},
): Promise<RedisNode> {
  const { sentinel = false, tls } = options;
  const ca = tls && (await readFile(tls.ca));
  const directory = await mkdtemp(join(tmpdir(), "nexus-redis-"));
  const port = await freePort();
  const file = join(directory, "server.conf");
  let child: Child | undefined;
  let callOff: (() => void) | undefined;

  async function ask(command: string, ...args: string[]): Promise<unknown> {
    const client = new Redis({
      port,
      host: "127.0.0.1",
      password: groupPassword,
      ...(ca && { tls: { ca } }),
      enableReadyCheck: false,
      retryStrategy: () => null,
      connectTimeout: 1000,
      commandTimeout: 2000,
    });
    client.on("error", () => {});
    try {
      return await client.call(command, ...args);
    } finally {
      client.disconnect();
    }
  }

  async function start(): Promise<void> {
    const common = [
      ...listening(port, tls),
      "bind 127.0.0.1",
      `dir ${directory}`,
      `requirepass "${groupPassword}"`,
    ];
    const data = ['save ""', "appendonly no", `masterauth "${groupPassword}"`];
    await writeFile(file, [...common, ...(sentinel ? [] : data), ...lines, ""].join("\n"));
    child = startChild({
      name: `${sentinel ? "sentinel" : "redis"} ${port}`,
      command: binary,
      args: sentinel ? [file, "--sentinel"] : [file],
      env: { PATH: "/usr/bin:/bin" },
    });
    if (child.pid !== undefined) callOff = guardAgainstOrphan(child.pid, "TERM", directory);
    for (let attempt = 0; ; attempt++) {
      try {
        await ask("PING");
        return;
      } catch (error) {
        if (attempt === 200 || !child.running)
          throw new Error(`${child.name} did not start:\n${child.tail()}`, { cause: error });
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  async function kill(): Promise<void> {
    callOff?.();
    await child?.stop("SIGKILL");
  }

  await start();
  return {
    port,
    address: `127.0.0.1:${port}`,
    get running() {
      return child?.running ?? false;
    },
    start,
    kill,
    pause: () => void child?.signal("SIGSTOP"),
    resume: () => void child?.signal("SIGCONT"),
    ask,
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function listening(port: number, tls: TlsFiles | undefined): string[] {
  if (!tls) return [`port ${port}`];
  return [
    "port 0",
    `tls-port ${port}`,
    `tls-ca-cert-file ${tls.ca}`,
    `tls-cert-file ${tls.cert}`,
    `tls-key-file ${tls.key}`,
    "tls-auth-clients no",
    "tls-replication yes",
  ];
}
