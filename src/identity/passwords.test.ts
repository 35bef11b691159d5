import { expect, test } from "vitest";
import { hashPassword, isOutdated, verifyPassword } from "./passwords.ts";

const COST = 1024;

test("a password verifies against its own hash and no other", async () => {
  const hash = await hashPassword("correct horse", COST);
  expect(await verifyPassword("correct horse", hash)).toBe(true);
  expect(await verifyPassword("Correct horse", hash)).toBe(false);
  expect(await verifyPassword("", hash)).toBe(false);
});

test("a hash says with which parameters it was made, and two of one password differ", async () => {
  const [first, second] = await Promise.all([hashPassword("same", COST), hashPassword("same", COST)]);
  expect(first).toMatch(/^\$scrypt\$ln=10,r=8,p=1\$/);
  expect(first).not.toBe(second);
});

test("a hash of another cost still verifies, and is known to be outdated", async () => {
  const hash = await hashPassword("old", 2 * COST);
  expect(await verifyPassword("old", hash)).toBe(true);
  expect(isOutdated(hash, COST)).toBe(true);
  expect(isOutdated(hash, 2 * COST)).toBe(false);
});

test("a cost well above the default works", async () => {
  const hash = await hashPassword("slow", 2 ** 17);
  expect(hash).toContain("ln=17");
}, 30_000);

test("both ways to write an accented letter are the same password", async () => {
  const hash = await hashPassword("caf\u00e9 cr\u00e8me", COST);
  expect(await verifyPassword("cafe\u0301 cre\u0300me", hash)).toBe(true);
});

test("hashes that were not made here are refused rather than taken for a wrong password", async () => {
  await expect(verifyPassword("x", "$2b$10$abc")).rejects.toThrow("not a scrypt hash");
});

test("a crowd larger than the queue is told to come back, and the rest is served", async () => {
  const outcomes = await Promise.allSettled(Array.from({ length: 1100 }, () => hashPassword("crowd", COST)));
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  expect(refused).toHaveLength(98);
  expect(refused[0]?.reason).toMatchObject({ code: "UNAVAILABLE", retryAfter: 5 });
}, 30_000);
