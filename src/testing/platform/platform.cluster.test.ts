import { afterAll, beforeAll, expect, test } from "vitest";
import { type Platform, startPlatform } from "./platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function status(url: string, timeoutMs = 2_000): Promise<number | string> {
  return fetch(url, { signal: AbortSignal.timeout(timeoutMs) }).then(
    (response) => response.status,
    (error: Error) => error.name,
  );
}

function gateway(index: number) {
  const found = platform.gateways[index];
  if (!found) throw new Error(`no gateway ${index}`);
  return found;
}

test("two gateways and a worker run as processes of their own, ready and with metrics", async () => {
  const pids = [...platform.gateways.map(({ pid }) => pid), platform.worker?.pid, process.pid];
  expect(new Set(pids).size).toBe(4);
  for (const { url, metricsUrl } of platform.gateways) {
    expect(await status(`${url}/readyz`)).toBe(200);
    expect(await status(metricsUrl)).toBe(200);
  }
});

test("a gateway that was killed comes back on the same ports, and the other one goes on", async () => {
  const { url, metricsUrl, pid } = gateway(0);
  await gateway(0).kill();
  expect(gateway(0).running).toBe(false);
  expect(await status(`${url}/readyz`)).toBe("TypeError");
  expect(await status(`${gateway(1).url}/readyz`)).toBe(200);
  await gateway(0).start();
  expect(gateway(0).pid).not.toBe(pid);
  expect(await status(`${url}/readyz`)).toBe(200);
  expect(await status(metricsUrl)).toBe(200);
});

test("a paused gateway answers nobody until it is resumed", async () => {
  gateway(1).pause();
  expect(await status(`${gateway(1).url}/healthz`, 300)).toBe("TimeoutError");
  gateway(1).resume();
  expect(await status(`${gateway(1).url}/healthz`)).toBe(200);
});

test("a gateway and the worker end by SIGTERM with exit code 0, a paused gateway too", async () => {
  gateway(1).pause();
  expect(await gateway(1).stop()).toBe(0);
  await gateway(1).start();
  expect(await platform.worker?.stop()).toBe(0);
  await platform.worker?.start();
});

test("a platform that cannot start says why and leaves nothing running", async () => {
  const { postgres, redis } = platform;
  const broken = startPlatform({ postgres, ...(redis && { redis }), env: { JWT_SECRET: "too short" } });
  await expect(broken).rejects.toThrow(/JWT_SECRET: at least 32 characters/);
  expect(postgres.pid).toBeDefined();
});
