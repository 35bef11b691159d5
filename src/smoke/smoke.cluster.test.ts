import { execFile } from "node:child_process";
import postgres from "postgres";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Platform, startPlatform } from "../testing/platform/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ worker: false });
});
afterAll(() => platform?.[Symbol.asyncDispose]());

function smoke(timeoutSeconds: number): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env.PATH ?? "",
    SMOKE_GATEWAYS: platform.gateways.map(({ url }) => url).join(),
    SMOKE_TIMEOUT_SECONDS: String(timeoutSeconds),
    JWT_SECRET: platform.jwtSecret,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, ["src/smoke/main.ts"], { env, timeout: 40_000 }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : 0, output: out + err }),
    );
  });
}

test("a message is seen to go from one gateway to the other, time and again by the same two users", async () => {
  const first = await smoke(20);
  expect(first.output).toMatch(/two users are connected: to gateway-1 and gateway-2\n/);
  expect(first.output).toMatch(/it works\n$/);
  expect(first.code).toBe(0);
  expect((await smoke(20)).code).toBe(0);

  const sql = postgres(platform.databaseUrl, { max: 1, connect_timeout: 10 });
  const [users] = await sql`select count(*)::int as count from users`;
  await sql.end({ timeout: 5 });
  expect(users).toEqual({ count: 2 });
});

test("with a gateway gone it tries until the time is over and says what it missed", async () => {
  await platform.gateways[1]?.kill();
  const { code, output } = await smoke(2);
  expect(output).toMatch(/FAILED after 2 s: http\S+ cannot be reached: /);
  expect(code).toBe(1);
});
