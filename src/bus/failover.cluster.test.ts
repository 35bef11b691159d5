/**
 * Redis with replicas loses its primary under traffic: gateways notice, live delivery goes on within seconds after
 * the switch, limits and presence come back, and no message is lost, for they are in Postgres.
 */
import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { ensureRedisServer, redisHint } from "../engines/redis-binary.ts";
import {
  type RedisCluster,
  type SentinelGroup,
  startRedisCluster,
  startSentinelGroup,
} from "../engines/redis-groups.ts";
import type { RedisNode } from "../engines/redis-node.ts";
import type { Account } from "../testing/client/account.ts";
import type { TestClient } from "../testing/client/connect.ts";
import type { MessageSent, SyncAnswer, WireMessage } from "../testing/client/wire.ts";
import { stage } from "../testing/contract/stage.ts";
import type { GatewayProcess } from "../testing/platform/platform.ts";

const binary = await ensureRedisServer();
if (!binary) process.stderr.write(`Redis' failover is not tested here; ${redisHint}\n`);

/** Strikes and resolves when another primary is there; what it answers mends it. */
type Fault = (node: RedisNode, group: SentinelGroup | RedisCluster) => Promise<() => Promise<void>>;

const faults: Record<string, Fault> = {
  async "killed by SIGKILL"(node) {
    await node.kill();
    return () => node.start();
  },
  async "stopped without a word"(node) {
    node.pause();
    return async () => node.resume();
  },
  async "switched over"(node, group) {
    if ("sentinels" in group) await group.sentinels[0]?.ask("SENTINEL", "FAILOVER", "nexus");
    else {
      const id = String(await node.ask("CLUSTER", "MYID"));
      for (const other of group.nodes)
        if (String(await other.ask("CLUSTER", "NODES")).includes(`myself,slave ${id}`))
          await other.ask("CLUSTER", "FAILOVER");
    }
    return async () => {};
  },
};

/** Two people on two gateways who write to each other every 50 ms; each message says when it was sent. */
function talk(sides: readonly { client: TestClient; to: Account }[]) {
  const sent: MessageSent[] = [];
  let over = false;
  const ends = sides.map(async ({ client, to }) => {
    while (!over) {
      const content = String(performance.now());
      sent.push(await client.must<MessageSent>("NEW_MESSAGE", { receiverId: to.id, content }));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
  // `end` tells of it; a test that failed before it asks nobody, and closed clients are no failure of the next one.
  for (const end of ends) end.catch(() => {});
  return {
    /** Resolves when everybody has heard something live that was sent after now. */
    async heard(): Promise<void> {
      const now = performance.now();
      const later = ({ content }: WireMessage) => Number(content) > now;
      await Promise.all(sides.map(({ client }) => client.events.next("NEW_MESSAGE", later, 20_000)));
    },
    async end(): Promise<MessageSent[]> {
      over = true;
      await Promise.all(ends);
      return sent;
    },
  };
}

/** Seconds of CPU that the processes have used. */
async function cpuOf(gateways: readonly GatewayProcess[]): Promise<number> {
  const ticks = gateways.map(async ({ pid }) => {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return Number(fields[11]) + Number(fields[12]);
  });
  return (await Promise.all(ticks)).reduce((sum, n) => sum + n, 0) / 100;
}

async function metric({ metricsUrl }: GatewayProcess, name: string): Promise<number> {
  const text = await (await fetch(metricsUrl)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1] ?? Number.NaN);
}

describe.skipIf(!binary).each([
  [
    "sentinels",
    "streams",
    startSentinelGroup,
    ["killed by SIGKILL", "stopped without a word", "switched over"],
  ],
  ["sentinels", "sharded", startSentinelGroup, ["stopped without a word", "switched over"]],
  ["a cluster", "streams", startRedisCluster, ["killed by SIGKILL", "switched over"]],
  [
    "a cluster",
    "sharded",
    startRedisCluster,
    ["killed by SIGKILL", "stopped without a word", "switched over"],
  ],
] as const)("by %s, adapter %s", (_, adapter, start, names) => {
  const env: Record<string, string> = { REDIS_ADAPTER: adapter, RATE_LIMIT_MESSAGES_PER_MINUTE: "100000" };
  let group: SentinelGroup | RedisCluster;
  beforeAll(async () => {
    group = await start(binary as string);
    Object.assign(env, group.env);
    return () => group[Symbol.asyncDispose]();
  });
  const on = stage({ redis: false, env });

  /** Who is to go: the primary, or the shard that carries what these two say. */
  const victim = (bob: Account) =>
    "primary" in group
      ? group.primary()
      : group.ownerOf(adapter === "streams" ? "nexus" : `socket.io#/ws#user:${bob.id}#`);

  test.each(names)(
    "the primary is %s: delivery, limits and presence are back soon, nothing is lost",
    async (name) => {
      const { gateways } = on.platform;
      const pids = gateways.map(({ pid }) => pid);
      const [alice, bob, carol] = await on.people("Alice", "Bob", "Carol");
      const [a, b] = [await on.device(alice, 0), await on.device(bob, 1)];
      const talking = talk([
        { client: a, to: bob },
        { client: b, to: alice },
      ]);
      await talking.heard();

      const before = await victim(bob);
      const [cpu, struck] = [await cpuOf(gateways), performance.now()];
      const mend = await (faults[name] as Fault)(before, group);
      let mended = false;
      // A test that fails leaves a whole group as well: the next try must not find the fault of this one.
      await using afterwards = new AsyncDisposableStack();
      afterwards.defer(async () => {
        await talking.end().catch(() => {});
        if (mended) return;
        await mend();
        await group.whole();
      });
      await vi.waitFor(async () => expect((await victim(bob)).port).not.toBe(before.port), {
        timeout: 20_000,
        interval: 50,
      });
      const switched = performance.now();
      await talking.heard();
      const back = performance.now() - switched;
      // One that spins takes a core of its own for as long as it lasts. Known fault: with the sharded adapter on a
      // cluster a gateway does, for the seconds in which a killed shard has no primary.
      if (adapter === "streams" || "primary" in group)
        expect((await cpuOf(gateways)) - cpu).toBeLessThan((0.85 * 2 * (performance.now() - struck)) / 1000);
      process.stdout.write(
        `${name}: ${Math.round(switched - struck)} ms to the switch, heard ${Math.round(back)} ms later\n`,
      );
      expect(back).toBeLessThan(4000);

      await vi.waitFor(
        async () => {
          const local = () =>
            Promise.all(gateways.map((gateway) => metric(gateway, "nexus_rate_limits_local_total")));
          const first = await local();
          await talking.heard();
          expect(await local()).toEqual(first);
        },
        { timeout: 10_000 },
      );
      const c = await on.device(carol, 0);
      await c.must("NEW_MESSAGE", { receiverId: bob.id, content: "0" });
      await vi.waitFor(
        async () => {
          const { users } = await b.must<{ users: unknown[] }>("GET_ONLINE_USERS", {
            userIds: [alice.id, carol.id],
          });
          expect(users).toHaveLength(2);
        },
        { timeout: 20_000, interval: 200 },
      );

      await mend();
      mended = true;
      await group.whole();
      await talking.heard();
      const sent = await talking.end();
      const stored = new Set<string>();
      for (let since = 0, more = true; more; ) {
        const conversationId = sent[0]?.conversationId as string;
        const answer = await a.must<SyncAnswer>("SYNC", { conversations: { [conversationId]: since } });
        const delta = answer.conversations.find(({ id }) => id === conversationId);
        for (const { id } of delta?.messages ?? []) stored.add(id);
        more = delta?.limited ?? false;
        since = delta?.version ?? since;
      }
      expect(sent.filter(({ dbMessageId }) => !stored.has(dbMessageId))).toEqual([]);
      expect(gateways.map(({ pid }) => pid)).toEqual(pids);
    },
    120_000,
  );
});
