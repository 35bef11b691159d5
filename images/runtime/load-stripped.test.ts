import { execFile } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));
const limits = { timeout: 30_000 };
let app: string;

beforeAll(async () => {
  app = await mkdtemp(join(tmpdir(), "nexus-image-"));
  for (const file of ["strip-types.mjs", "load-stripped.mjs"]) await cp(join(here, file), join(app, file));
  await writeFile(join(app, "package.json"), '{"type":"module"}');
  await cp(fileURLToPath(new URL("../../src/config", import.meta.url)), join(app, "src/config"), {
    recursive: true,
    filter: (path) => !path.endsWith(".test.ts"),
  });
  await writeFile(
    join(app, "src/main.ts"),
    'import { nodeFlags as flags } from "./config/node-flags.ts";\n' +
      "const compiler: boolean = (process as unknown as { moduleLoadList: string[] }).moduleLoadList" +
      '.some((name) => name.includes("amaro"));\n' +
      'console.log(JSON.stringify({ flags, compiler, at: new Error("x").stack?.split("\\n")[1] }));\n',
  );
});
afterAll(() => rm(app, { recursive: true, force: true }));

const start = async () => {
  const flags = ["--import", "./load-stripped.mjs", "src/main.ts"];
  const { stdout } = await run(process.execPath, flags, { cwd: app, ...limits });
  return JSON.parse(stdout) as { flags: string[]; compiler: boolean; at: string };
};

test("without types programs do the same, errors name the same places, and Node's compiler is not loaded", async () => {
  const before = await start();
  expect(before.compiler).toBe(true);
  await run(process.execPath, ["strip-types.mjs", "src"], { cwd: app, ...limits });
  expect(await start()).toEqual({ ...before, compiler: false });
});
