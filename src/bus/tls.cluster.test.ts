/** Redis that listens with TLS only, by sentinels and as a cluster, with certificates of an authority of our own. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../config/load.ts";
import { ensureRedisServer } from "../engines/redis-binary.ts";
import { startRedisCluster, startSentinelGroup } from "../engines/redis-groups.ts";
import type { TlsFiles } from "../engines/redis-node.ts";
import { connectRedis, isReady, type RedisClient } from "./redis.ts";

const run = promisify(execFile);
const openssl = (...args: string[]) => run("openssl", args, { timeout: 20_000 });
const binary = await ensureRedisServer();
const able = binary !== undefined && (await openssl("version").then(Boolean, () => false));

let directory: string;
let tls: TlsFiles;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "nexus-tls-"));
  const file = (name: string) => join(directory, name);
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  if (!able) return;
  await openssl(
    "req",
    "-x509",
    ...ec,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
    "-subj",
    "/CN=tests",
  );
  const issue = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-addext", "subjectAltName=IP:127.0.0.1"];
  const target = ["-keyout", file("redis.key"), "-out", file("redis.pem"), "-subj", "/CN=redis"];
  await openssl("req", "-x509", ...ec, ...issue, "-addext", "basicConstraints=critical,CA:FALSE", ...target);
  tls = { ca: file("ca.pem"), cert: file("redis.pem"), key: file("redis.key") };
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const needed = { DATABASE_URL: "postgres://localhost/none", JWT_SECRET: "-".repeat(32) };

describe.skipIf(!able).each([
  ["sentinels", startSentinelGroup],
  ["a cluster", startRedisCluster],
] as const)("by %s", (_, start) => {
  test("commands and sharded subscriptions work, and go on after a switch; another authority's word is not taken", async () => {
    await using stack = new AsyncDisposableStack();
    const group = stack.use(await start(binary as string, tls));
    const errors: string[] = [];
    function client(env: Record<string, string>, use: "commands" | "subscriber"): RedisClient {
      const made = connectRedis(
        loadConfig({ ...needed, ...env }),
        use,
        ({ message }) => void errors.push(message),
      );
      if (!made) throw new Error("no Redis is configured");
      stack.defer(() => made.disconnect());
      return made;
    }
    const commands = client(group.env, "commands");
    const subscriber = client(group.env, "subscriber");
    const heard: string[] = [];
    subscriber.on("smessage", (_channel, message) => heard.push(message));
    await vi.waitFor(() => expect([commands, subscriber].every(isReady)).toBe(true), { timeout: 5000 });
    await subscriber.ssubscribe("channel");
    const works = async (word: string) => {
      await commands.set("word", word);
      expect(await commands.get("word")).toBe(word);
      await commands.spublish("channel", word);
      await vi.waitFor(() => expect(heard).toContain(word), { timeout: 500 });
    };
    await works("before");
    if ("sentinels" in group) {
      await group.sentinels[1]?.ask("SENTINEL", "FAILOVER", "nexus");
      const old = commands;
      await vi.waitFor(() => expect(isReady(old)).toBe(false), { timeout: 10_000, interval: 5 });
    } else await (await group.ownerOf("word")).kill();
    await vi.waitFor(() => works("after"), { timeout: 15_000, interval: 100 });

    const { REDIS_CA_FILE: _ca, ...trusting } = group.env;
    errors.length = 0;
    const stranger = client(trusting, "commands");
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(isReady(stranger)).toBe(false);
  });
});
