import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { nodeFlags } from "./node-flags.ts";

test.each(["gateway", "worker"])("npm run %s starts Node with the servers' flags", (name) => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  expect(scripts[name]).toBe(`node ${nodeFlags.join(" ")} src/${name}/main.ts`);
});
