import { expect, test } from "vitest";
import { Receipts } from "./receipts.ts";

test("only an advance over one's own messages is news, and once", () => {
  const receipts = new Receipts();
  receipts.sent("c", 3);
  receipts.sent("c", 7);
  expect(receipts.advance("received", "c", "bob", 2)).toBeUndefined();
  expect(receipts.advance("received", "c", "bob", 5)).toBe(3);
  expect(receipts.advance("received", "c", "bob", 6)).toBeUndefined();
  expect(receipts.advance("read", "c", "bob", 8)).toBe(7);
  expect(receipts.advance("received", "c", "bob", 8)).toBeUndefined();
  expect(receipts.advance("received", "c", "carol", 8)).toBe(7);
  expect(receipts.advance("read", "other", "bob", 8)).toBeUndefined();
});
