import { expect, test } from "vitest";
import { restartBudget } from "./restart-budget.ts";

test("a process that keeps dying is started again ever later, then no more", () => {
  const budget = restartBudget(3, 1_000);
  expect([0, 1, 2, 3].map((now) => budget.next(now))).toEqual([200, 400, 800, undefined]);
});

test("deaths that are long past are forgotten", () => {
  const budget = restartBudget(2, 1_000);
  expect([0, 500, 900].map((now) => budget.next(now))).toEqual([200, 400, undefined]);
  expect(budget.next(1_001)).toBe(400);
  expect(budget.next(5_000)).toBe(200);
});
