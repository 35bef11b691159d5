import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { conditionReasons } from "./status.ts";

const known = new Set(Object.values(conditionReasons).flatMap((reasons) => Object.keys(reasons)));
// Not what plays a cluster for the tests: pods have reasons of their own.
const files = globSync("operator/{plan,topologies}/**/*.ts").filter(
  (file) => !/\.test\.ts$|\/testing-/.test(file),
);

test("every reason of a condition is on the reference page", () => {
  const unknown = files.flatMap((file) =>
    [...readFileSync(file, "utf8").matchAll(/(?:\b(?:healthy|waiting)\(|\breason: )"([A-Za-z]+)"/g)]
      .map((match) => match[1] ?? "")
      .filter((reason) => !known.has(reason))
      .map((reason) => `${file}: ${reason}`),
  );
  expect(unknown).toEqual([]);
});
