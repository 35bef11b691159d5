import { setTimeout as delay } from "node:timers/promises";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Platform, startPlatform } from "../platform/platform.ts";
import type { Progress } from "./report.ts";
import { runTraffic } from "./run-traffic.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

/** A few seconds of traffic, and what is done to the platform once it flows. */
async function traffic(seconds: number, disturb: () => Promise<unknown>) {
  const flowing = Promise.withResolvers<void>();
  const onProgress = ({ total }: Progress) => total > 50 && flowing.resolve();
  const urls = platform.gateways.map(({ url }) => url);
  const stop = new AbortController().signal;
  const [report] = await Promise.all([
    runTraffic({ urls, clients: 40, rate: 100, seconds, stop, onProgress }),
    flowing.promise.then(disturb),
  ]);
  return report;
}

test("with a gateway killed and back, traffic finds nothing wrong and says what its clients went through", async () => {
  const report = await traffic(8, async () => {
    await platform.gateways[0]?.kill();
    await delay(500);
    await platform.gateways[0]?.start();
  });
  expect(report.violations).toEqual([]);
  expect(report.reconnects.late).toEqual([]);
  expect(report.ok).toBe(true);
  expect(report.acknowledged).toBeGreaterThan(500);
  expect(report.unanswered).toBe(0);
  // Half of the clients were on that gateway.
  expect(report.reconnects.count).toBeGreaterThanOrEqual(20);
  expect(report.reconnects.consistentMs.count).toBeGreaterThanOrEqual(20);
});

test("a message that is taken out of the database behind the platform's back is noticed", async () => {
  const sql = postgres(platform.databaseUrl, { max: 1, onnotice: () => {} });
  const report = await traffic(4, async () => {
    const rows = await sql`
      delete from messages where (conversation_id, seq) in
        (select conversation_id, seq from messages order by created_at desc limit 1) returning id`;
    expect(rows).toHaveLength(1);
    await sql.end();
  });
  expect(report.ok).toBe(false);
  expect(report.violations.join("\n")).toMatch(/^lost: /m);
});
