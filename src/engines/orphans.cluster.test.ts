import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { startChild } from "./child-process.ts";
import { untilGone } from "./postgres-lock.ts";

const here = (file: string) => JSON.stringify(fileURLToPath(new URL(file, import.meta.url)));
const parent = `
  const { startPostgres } = await import(${here("./postgres.ts")});
  const { startRedis } = await import(${here("./redis.ts")});
  const postgres = await startPostgres();
  const redis = await startRedis();
  console.log("ready " + JSON.stringify({ pids: [postgres.pid, redis.pid], dataDir: postgres.dataDir }));
`;

test("the engines go when the process that started them is killed by SIGKILL", async () => {
  const child = startChild({
    name: "parent",
    command: process.execPath,
    args: ["--input-type=module", "--eval", parent],
  });
  const line = await child.waitForLine((text) => text.startsWith("ready "), 30_000);
  const { pids, dataDir } = JSON.parse(line.slice("ready ".length));
  await child.stop("SIGKILL");
  expect(await untilGone(pids, 10_000)).toBe(true);
  await expect.poll(() => existsSync(dirname(dataDir)), { timeout: 10_000 }).toBe(false);
});
