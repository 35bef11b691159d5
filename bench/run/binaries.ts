import { access, constants, readdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** BENCH_EMBEDDED=1 stands for a machine without them, to see what the benchmark does there. */
const embeddedOnly = process.env.BENCH_EMBEDDED === "1";

/** The folder of the newest real Postgres (Debian's /usr/lib/postgresql/<version>/bin); undefined: none here. */
export async function findPostgresBin(): Promise<string | undefined> {
  if (embeddedOnly) return undefined;
  const root = "/usr/lib/postgresql";
  const versions = await readdir(root).catch(() => []);
  for (const version of versions
    .map(Number)
    .filter(Number.isInteger)
    .sort((a, b) => b - a)) {
    const directory = join(root, String(version), "bin");
    if (
      (await isExecutable(join(directory, "postgres"))) &&
      (await isExecutable(join(directory, "initdb")))
    ) {
      return directory;
    }
  }
  return undefined;
}

/** A real valkey-server or redis-server; undefined: none here. */
export async function findRedisBinary(): Promise<string | undefined> {
  if (embeddedOnly) return undefined;
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"];
  for (const name of ["valkey-server", "redis-server"]) {
    for (const folder of folders) {
      // A launcher of some package manager would add processes between us and the server: only absolute ones.
      if (folder.startsWith("/") && (await isExecutable(join(folder, name)))) return join(folder, name);
    }
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return exists(path, constants.X_OK);
}

/** Whether this file is there (and, with `mode`, may be used so). */
export function exists(path: string, mode: number = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
