import { describe, expect, test } from "vitest";
import { amountOf, canonicalQuantity, compareQuantities } from "./quantity.ts";
import { resourcesOf } from "./resources.ts";

test.each([
  ["1024Mi", "1Gi"],
  ["1000Mi", "1000Mi"],
  ["0.5Gi", "512Mi"],
  ["1.5Gi", "1536Mi"],
  ["0.1Gi", "107374182400m"],
  ["1Ki", "1Ki"],
  ["0.5Ki", "512"],
  ["1000m", "1"],
  ["0.5", "500m"],
  ["1500m", "1500m"],
  ["2.50", "2500m"],
  [".1", "100m"],
  ["5000", "5k"],
  ["10", "10"],
  ["1500", "1500"],
  ["3000000000", "3G"],
  ["0.0001n", "1n"],
  ["1e3", "1e3"],
  ["12E2", "1200"],
  ["0", "0"],
  ["0Gi", "0"],
])("%s is written as the API server does, %s", (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test("amounts are told and compared across units", () => {
  expect(amountOf("1Gi")).toBe(2 ** 30);
  expect(amountOf("250m")).toBe(0.25);
  expect(compareQuantities("1024Mi", "1Gi")).toBe(0);
  expect(compareQuantities("1G", "1Gi")).toBe(-1);
  expect(() => canonicalQuantity("much")).toThrow('"much" is no quantity');
});

describe("resources", () => {
  const defaults = { requests: { cpu: "100m", memory: "256Mi" }, limits: { cpu: "1", memory: "1Gi" } };

  test("a person's amounts stand over the defaults", () => {
    expect(
      resourcesOf(
        { requests: { memory: "512Mi" }, limits: { cpu: "2000m", "ephemeral-storage": "1Gi" } },
        defaults,
      ),
    ).toEqual({
      requests: { cpu: "100m", memory: "512Mi" },
      limits: { cpu: "2", memory: "1Gi", "ephemeral-storage": "1Gi" },
    });
  });

  test("a default gives way where it would contradict the person", () => {
    expect(resourcesOf({ requests: { memory: "2Gi" }, limits: { cpu: "50m" } }, defaults)).toEqual({
      requests: { cpu: "50m", memory: "2Gi" },
      limits: { cpu: "50m", memory: "2Gi" },
    });
  });
});
