import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const logger = fileURLToPath(new URL("./logger.ts", import.meta.url));

const program = `
  import { createLogger } from ${JSON.stringify(logger)};
  const log = createLogger({ level: "info", name: "test" });
  process.once("SIGUSR2", () => {
    for (let line = 0; line < 5; line++) log.error({ line }, "nobody reads this");
    log.fatal("nor this");
    process.exit(7);
  });
  setInterval(() => {}, 1000);
  log.info("there");
`;

// sonic-boom 4.2.1 tried for ever, so that a worker outlived its platform.
test("a process whose output nobody reads any more goes on, and ends when it wants to", {
  timeout: 30_000,
}, async () => {
  const child = spawn(process.execPath, ["--input-type=module-typescript", "--eval", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const exited = once(child, "exit");
  await once(child.stdout, "readable");
  child.stdout.destroy();
  child.kill("SIGUSR2");
  try {
    expect(await exited).toEqual([7, null]);
  } finally {
    child.kill("SIGKILL");
  }
});
