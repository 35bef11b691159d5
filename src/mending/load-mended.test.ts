import { expect, test } from "vitest";
import { mend } from "./load-mended.ts";

const advice = "pin the version";

test("each mend replaces the text that it names", () => {
  expect(mend("a b c", [["b", "x"], ["c", "y"]], advice)).toBe("a x y"); // biome-ignore format: short
});

test("text that is not there, or there twice, is refused with what to do", () => {
  expect(() => mend("a", [["b", "x"]], advice)).toThrow(advice);
  expect(() => mend("b b", [["b", "x"]], advice)).toThrow(advice);
});
