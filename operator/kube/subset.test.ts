import * as fc from "fast-check";
import { expect, test } from "vitest";
import { covers, projected, same } from "./subset.ts";

const json = fc.jsonValue();
const record = fc.dictionary(fc.string(), json);

test("everything covers itself, and is the same as itself", () => {
  fc.assert(
    fc.property(json, (value) => {
      expect(covers(value, value)).toBe(true);
      expect(same(value, structuredClone(value))).toBe(true);
    }),
  );
});

test("what the server adds to a record changes nothing", () => {
  fc.assert(
    fc.property(record, record, (wanted, added) => {
      const live = { ...added, ...wanted };
      expect(covers(wanted, live)).toBe(true);
      expect(same(projected(wanted, live), wanted)).toBe(true);
    }),
  );
});

test("what the server made of a value is known again by its projection, until somebody changes it", () => {
  const wanted = { spec: { cpu: "1000m", list: [], name: "a" } };
  const understood = { spec: { cpu: "1", name: "a", defaulted: true } };
  expect(covers(wanted, understood)).toBe(false);
  const projection = projected(wanted, understood);
  expect(same(projection, projected(wanted, { ...understood, status: { ready: 1 } }))).toBe(true);
  expect(same(projection, projected(wanted, { spec: { cpu: "2", name: "a" } }))).toBe(false);
});

test.each([
  ["a changed value", { a: 1 }, { a: 2 }],
  ["a missing field", { a: { b: false } }, { a: {} }],
  ["a list with an element more", { a: [{ n: 1 }] }, { a: [{ n: 1 }, { n: 2 }] }],
  ["a list in another order", { a: ["x", "y"] }, { a: ["y", "x"] }],
  ["a list where a record was", { a: {} }, { a: [] }],
  ["text that looks like the number", { a: 1 }, { a: "1" }],
  ["an inherited property", { toString: {} }, {}],
])("%s is not covered", (_name, wanted, live) => {
  expect(covers(wanted, live)).toBe(false);
});

test("fields that are undefined are not wanted, and absent ones are the same as undefined", () => {
  expect(covers({ a: undefined }, { a: 1 })).toBe(true);
  expect(same({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(same({ a: 1 }, { a: 1, b: 2 })).toBe(false);
});
