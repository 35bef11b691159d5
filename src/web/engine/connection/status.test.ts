import { expect, test } from "vitest";
import { nextStatus } from "./status.ts";

test.each([
  ["reconnecting", "up", "catching-up"],
  ["reconnecting", "alone", "offline"],
  ["reconnecting", "caught-up", "reconnecting"],
  ["reconnecting", "cut", "offline"],
  ["catching-up", "caught-up", "connected"],
  ["catching-up", "down", "reconnecting"],
  ["catching-up", "alone", "catching-up"],
  ["connected", "down", "reconnecting"],
  ["connected", "cut", "offline"],
  ["connected", "up", "catching-up"],
  ["offline", "up", "catching-up"],
  ["offline", "down", "offline"],
  ["offline", "caught-up", "offline"],
] as const)("%s, then %s: %s", (status, event, next) => {
  expect(nextStatus(status, event)).toBe(next);
});
