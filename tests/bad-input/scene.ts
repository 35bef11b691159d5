/**
 * The stage of the bad-input tests: a platform, two people with a conversation, and Eve, who has no business
 * in it. What is sent there must come back as a clear error, leave no row and no gateway worse off.
 */
import postgres from "postgres";
import { expect } from "vitest";
import { errorCodes } from "../../src/protocol/errors.ts";
import { type Account, register } from "../../src/testing/client/account.ts";
import { connect, type TestClient } from "../../src/testing/client/connect.ts";
import type { MessageSent } from "../../src/testing/client/wire.ts";
import { type Platform, startPlatform } from "../../src/testing/platform/platform.ts";

export interface Scene extends AsyncDisposable {
  platform: Platform;
  url: string;
  ann: Account;
  bob: Account;
  eve: Account;
  asAnn: TestClient;
  asEve: TestClient;
  /** Of Ann and Bob. */
  conversationId: string;
  messageId: string;
  /** Rows of every table in which a request could have left something. */
  rows(): Promise<Record<string, number>>;
  /** The same process still answers, and nothing that it did not expect happened in it. */
  expectUnharmed(): Promise<void>;
}

const tables = [
  "users",
  "devices",
  "refresh_tokens",
  "conversations",
  "participants",
  "messages",
  "message_ids",
].concat(["message_versions", "reactions", "receipts", "audit"]);

/** Starts one gateway with its people signed in and connected. */
export async function openScene(): Promise<Scene> {
  await using cleanup = new AsyncDisposableStack();
  const platform = cleanup.use(await startPlatform({ gateways: 1, worker: false }));
  const gateway = platform.gateways[0]!;
  const { url, pid } = gateway;
  const sql = postgres(platform.databaseUrl, { max: 1, onnotice: () => {} });
  cleanup.defer(() => sql.end({ timeout: 5 }));
  const people = await Promise.all(["Ann", "Bob", "Eve"].map((name) => register(url, { name })));
  const [ann, bob, eve] = people as [Account, Account, Account];
  const asAnn = cleanup.use(await connect({ url, token: ann.token }));
  const asEve = cleanup.use(await connect({ url, token: eve.token }));
  const sent = await asAnn.must<MessageSent>("NEW_MESSAGE", { receiverId: bob.id, content: "between us" });
  let uptime = (await asEve.must<{ uptime: number }>("HEALTH_CHECK")).uptime;

  const owned = cleanup.move();
  return {
    ...{ platform, url, ann, bob, eve, asAnn, asEve },
    conversationId: sent.conversationId,
    messageId: sent.dbMessageId,
    async rows() {
      const counts: Record<string, number> = {};
      for (const table of tables) {
        const [row] = await sql<{ n: number }[]>`select count(*)::int as n from ${sql(table)}`;
        counts[table] = row?.n ?? 0;
      }
      return counts;
    },
    async expectUnharmed() {
      expect(gateway.pid).toBe(pid);
      await using fresh = await connect({ url, token: eve.token });
      const health = await fresh.must<{ status: string; uptime: number }>("HEALTH_CHECK");
      expect(health.status).toBe("ok");
      expect(health.uptime).toBeGreaterThanOrEqual(uptime); // whole seconds, of this process
      uptime = health.uptime;
      expect(gateway.output()).not.toMatch(/unexpectedly|request failed|unhandled|"level":(50|60)/i);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An error as a client may see it: of the catalogue, in words, without the inside of the server. */
export function expectClearError(error: unknown, ...codes: string[]): void {
  const { code, message, detail } = error as { code: string; message?: string; detail?: string };
  expect(errorCodes).toContain(code);
  expect(codes.length === 0 ? [code] : codes, JSON.stringify(error)).toContain(code);
  expect((message ?? detail ?? "").length).toBeGreaterThan(3);
  expect(JSON.stringify(error)).not.toMatch(
    /node_modules|\.ts:\d|at async|\bselect .* from\b|insert into|postgres/i,
  );
}

/** Strings that must be refused or be stored as they are, but never break anything. */
export const poison: readonly string[] = [
  "",
  "\0",
  "a\0b",
  "\ud800",
  "x\udc00y",
  "x".repeat(10_001),
  "x".repeat(200_000),
  "'; drop table messages; --",
  "<script>alert(1)</script>",
  "%00",
  "../../etc/passwd",
  "__proto__",
  "constructor",
  "00000000-0000-0000-0000-000000000000",
  "0000-00-00T00:00:00Z",
  "0000-01-01T00:00:00Z",
  "2026-01-01T00:00:00+23:59",
  "9999-12-31T23:59:59-23:59",
  "\u202e\ufffe\u{10ffff}",
];

/** A value of every JSON type, and the extreme ones. */
export const oddValues: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  2 ** 53,
  1e308,
  [],
  {},
  [null],
  [[[]]],
  { toString: 1, length: -1 },
  JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {"polluted": true}}}'),
  nested(2000),
  ...poison,
];

/** An array in an array in an array …, `depth` deep. */
export function nested(depth: number): unknown {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
