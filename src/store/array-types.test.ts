import fc from "fast-check";
import { expect, test } from "vitest";
import { formatArray, parseArray } from "./array-types.ts";

test("what is written as an array is read as the same, whatever it holds", () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.string({ unit: "binary" }))), (elements) => {
      expect(parseArray(formatArray(elements))).toEqual(elements);
    }),
  );
});

test("Postgres leaves out quotes where it can", () => {
  expect(parseArray('{a,"b c",NULL,"NULL","","\\"\\\\"}')).toEqual(["a", "b c", null, "NULL", "", '"\\']);
  expect(parseArray("{}")).toEqual([]);
});
