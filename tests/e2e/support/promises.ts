import { expect } from "vitest";
import type { Report } from "../../../src/testing/traffic/report.ts";

/**
 * What holds whatever happened: no acknowledged message lost, duplicated or out of order, nobody saw what is not theirs,
 * everything that was sent was answered in the end, and every client was consistent within 5 s of its own reconnect.
 */
export function expectPromisesKept(report: Report): void {
  expect(report.violations).toEqual([]);
  expect(report.reconnects.late).toEqual([]);
  expect(report.unanswered).toBe(0);
  // A run in which little is said proves little.
  expect(report.acknowledged).toBeGreaterThan(200);
}
