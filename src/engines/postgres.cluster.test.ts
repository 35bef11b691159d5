import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import sql from "postgres";
import { expect, test } from "vitest";
import { type PostgresEngine, startPostgres } from "./postgres.ts";
import { findPostgres } from "./postgres-install.ts";

async function query<T>(engine: PostgresEngine, statement: string): Promise<T[]> {
  const client = sql(engine.url, { max: 1, connect_timeout: 10, onnotice: () => {} });
  try {
    return (await client.unsafe(statement)) as unknown as T[];
  } finally {
    await client.end({ timeout: 5 });
  }
}

test("Postgres keeps what was committed through a SIGKILL of all its processes, with fsync on", async () => {
  await using engine = await startPostgres();
  expect(await query(engine, "SHOW fsync")).toEqual([{ fsync: "on" }]);
  await query(engine, "CREATE TABLE kept (x int); INSERT INTO kept VALUES (1)");
  await engine.kill();
  expect(engine.pid).toBeUndefined();
  await engine.restart();
  expect(await query(engine, "SELECT x FROM kept")).toEqual([{ x: 1 }]);
});

test("its temporary data is gone after the stop", async () => {
  const engine = await startPostgres();
  expect(existsSync(engine.dataDir)).toBe(true);
  await engine.stop();
  expect(existsSync(engine.dataDir)).toBe(false);
});

test("data in a given place survives the stop, and a pid file left by a crash stops nobody", async () => {
  const place = await mkdtemp(join(tmpdir(), "nexus-test-"));
  const dataDir = join(place, "deeper", "postgres");
  try {
    const first = await startPostgres({ dataDir });
    await query(first, "CREATE TABLE kept (x int); INSERT INTO kept VALUES (7)");
    await first.stop();
    // As after a SIGKILL and a reboot: the number is now somebody else's, here our own.
    await writeFile(join(dataDir, "postmaster.pid"), `${process.pid}\n${dataDir}\n`);
    await using second = await startPostgres({ dataDir });
    expect(await query(second, "SELECT x FROM kept")).toEqual([{ x: 7 }]);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

test("a creation that was interrupted is begun anew", async () => {
  const place = await mkdtemp(join(tmpdir(), "nexus-test-"));
  const dataDir = join(place, "postgres");
  try {
    await mkdir(`${dataDir}.new/base`, { recursive: true });
    await writeFile(`${dataDir}.password`, "of the interrupted one\n");
    await using engine = await startPostgres({ dataDir });
    expect(await query(engine, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

test("data that another live process uses is refused, with that process's pid", async () => {
  const place = await mkdtemp(join(tmpdir(), "nexus-test-"));
  const dataDir = join(place, "postgres");
  try {
    await using _engine = await startPostgres({ dataDir });
    await writeFile(`${dataDir}.owner`, `${process.ppid}\n`);
    await expect(startPostgres({ dataDir })).rejects.toThrow(`process ${process.ppid} runs Postgres`);
  } finally {
    await rm(place, { recursive: true, force: true });
  }
});

test("a start that fails says why, with Postgres's own words, and leaves nothing running", async () => {
  await expect(startPostgres({ settings: { shared_buffers: "no size" } })).rejects.toThrow(/shared_buffers/);
  await expect(startPostgres({ binDir: "/nowhere" })).rejects.toThrow(/No Postgres in \/nowhere/);
});

test.runIf(process.getuid?.() === 0)(
  "as root it runs from a directory that only root may enter",
  async () => {
    const place = await mkdtemp(join(tmpdir(), "nexus-test-"));
    try {
      const native = join(dirname((await findPostgres()).postgres), "..");
      await cp(native, join(place, "native"), { recursive: true, verbatimSymlinks: true });
      await using engine = await startPostgres({
        binDir: join(place, "native", "bin"),
        dataDir: join(place, "data", "postgres"),
      });
      expect(await query(engine, "SELECT 1 AS one")).toEqual([{ one: 1 }]);
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  },
);

const debian = [15, 16, 17].map((major) => `/usr/lib/postgresql/${major}/bin`).filter(existsSync);
test.runIf(debian.length > 0)("it runs the Postgres of another installation", async () => {
  for (const binDir of debian) {
    await using engine = await startPostgres({ binDir });
    expect(binDir).toContain(`/${engine.major}/`);
    expect(await query(engine, "SELECT lower('ÄB') AS lower")).toEqual([{ lower: "äb" }]);
  }
});
