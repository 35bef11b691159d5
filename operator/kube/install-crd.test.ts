import { expect, test } from "vitest";
import { compareVersions } from "./install-crd.ts";

test("versions are put in their order", () => {
  const sorted = ["0.1.0-rc.1", "0.1.0-rc.2", "0.1.0-rc.10", "0.1.0", "0.1.1", "0.2.0", "0.10.0", "1.0.0"];
  for (const [i, a] of sorted.entries())
    for (const [j, b] of sorted.entries())
      expect(Math.sign(compareVersions(a, b)), `${a} ${b}`).toBe(Math.sign(i - j));
  expect(compareVersions("v1.2.3+build", "1.2.3")).toBe(0);
});
