import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const mended = fileURLToPath(new URL("./mended-ioredis.ts", import.meta.url));

/** How far the old space grew with 4,000 answered commands of 20 KB each, in MB, in a process of its own. */
async function growth(library: string): Promise<number> {
  const program = `
    import v8 from "node:v8";
    import { Command } from ${JSON.stringify(library)};
    const answer = Buffer.alloc(20_000, "a");
    const oldSpace = () => v8.getHeapSpaceStatistics().find((space) => space.space_name === "old_space").space_used_size;
    const before = oldSpace();
    let most = 0;
    for (let n = 0; n < 4000; n++) {
      const command = new Command("get", ["key"], { replyEncoding: "utf8" });
      setImmediate(() => command.resolve(answer));
      await command.promise;
      most = Math.max(most, oldSpace() - before);
    }
    process.stdout.write(String(most / 1e6));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--max-semi-space-size=8", "--input-type=module-typescript", "--eval", program],
    { cwd: fileURLToPath(new URL("../..", import.meta.url)), timeout: 30_000 },
  );
  return Number(stdout);
}

test("commands that were answered do not fill the old generation, as they do with ioredis as it is", {
  timeout: 60_000,
}, async () => {
  expect(await growth(mended)).toBeLessThan((await growth("ioredis")) / 4);
});
