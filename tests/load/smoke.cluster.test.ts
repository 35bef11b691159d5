import { afterAll, beforeAll, expect, test } from "vitest";
import { findK6, k6Advice } from "../../k6/run/k6-binary.ts";
import { runLoad } from "../../k6/run/run-load.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";

// Building one takes minutes: that is for `npm run load`, which does it where there is a Go.
const k6 = await findK6();
if (!k6) process.stdout.write(`left out: ${k6Advice}; with Go, \`npm run load -- smoke\` builds it\n`);

let platform: Platform;

beforeAll(async () => {
  if (k6) platform = await startPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

function load(settings: Record<string, string>) {
  return runLoad({ scenario: "smoke", k6: k6 ?? "", settings, gateways: 2, platform, tell: () => {} });
}

test.skipIf(!k6)("k6 finds every promise held by two gateways", async () => {
  // The machine may be busy: how fast it is, is not what this shows.
  const { ok, output } = await load({ GATHER: "2", SECONDS: "4", P99_MS: "30000" });
  expect(output).toContain("All held.");
  expect(output).toMatch(/everything sent was acknowledged +2 of 2 circles/);
  expect(output).toMatch(/messages sent +80 /);
  expect(output).toMatch(/deliveries +80 /);
  expect(ok).toBe(true);
});

test.skipIf(!k6)("where no gateway answers, nothing is said to have held", async () => {
  const settings = { GATHER: "1", SECONDS: "1", CONNECTIONS: "4", VUS: "1", URLS: "http://127.0.0.1:1" };
  const { ok, output, code } = await runLoad({
    scenario: "smoke",
    k6: k6 ?? "",
    settings,
    gateways: 2,
    tell: () => {},
  });
  expect(output).toContain("NOT ALL HELD.");
  expect({ ok, code }).toEqual({ ok: false, code: 99 });
});
