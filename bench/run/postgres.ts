import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild } from "../../src/engines/child-process.ts";
import { freePort } from "../../src/engines/free-port.ts";
import { guardAgainstOrphan } from "../../src/engines/orphan-guard.ts";

export interface Postgres extends AsyncDisposable {
  readonly pid: number;
  url(database: string): string;
}

export async function startPostgres(binDir: string, settings: Record<string, string>): Promise<Postgres> {
  const directory = await mkdtemp(join(tmpdir(), "nexus-bench-pg-"));
  const owner = process.getuid?.() === 0 ? await systemUser("postgres") : undefined;
  if (owner) await chown(directory, owner.uid, owner.gid);
  const data = join(directory, "data");
  const env = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };
  const initdb = startChild({
    name: "initdb",
    command: join(binDir, "initdb"),
    args: ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
    env,
    ...owner,
  });
  const limit = setTimeout(() => initdb.signal("SIGKILL"), 60_000);
  const exit = await initdb.exited;
  clearTimeout(limit);
  if (exit.code !== 0) throw new Error(`initdb failed:\n${initdb.tail()}`);
  const port = await freePort();
  const all = { port: String(port), listen_addresses: "127.0.0.1", unix_socket_directories: "", ...settings };
  const server = startChild({
    name: "Postgres",
    command: join(binDir, "postgres"),
    args: ["-D", data, ...Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`])],
    env,
    ...owner,
  });
  const callOff = server.pid === undefined ? () => {} : guardAgainstOrphan(server.pid, "INT");
  async function stop(): Promise<void> {
    await server.stop("SIGINT", 10_000);
    callOff();
    await rm(directory, { recursive: true, force: true });
  }
  try {
    await server.waitForLine((line) => line.includes("ready to accept connections"), 30_000);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    pid: server.pid!,
    url: (database) => `postgres://postgres@127.0.0.1:${port}/${database}`,
    [Symbol.asyncDispose]: stop,
  };
}

async function systemUser(name: string): Promise<{ uid: number; gid: number }> {
  const line = (await readFile("/etc/passwd", "utf8")).split("\n").find((l) => l.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (!uid || !gid) throw new Error(`Postgres refuses to run as root, and there is no user ${name}.`);
  return { uid: Number(uid), gid: Number(gid) };
}
