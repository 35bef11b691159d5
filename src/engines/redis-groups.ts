/** Replicated Redis for tests: a primary and a replica under three sentinels, and a cluster of three shards. */
import { freePort } from "./free-port.ts";
import { groupPassword, type RedisNode, startRedisNode, type TlsFiles } from "./redis-node.ts";

/** The name of the primary at the sentinels. */
const NAME = "nexus";
/** How long the sentinels wait for a primary that is silent, in ms. */
const DOWN_AFTER = 1000;

export interface SentinelGroup extends AsyncDisposable {
  readonly sentinels: readonly RedisNode[];
  readonly nodes: readonly RedisNode[];
  /** Settings of a gateway for it. */
  readonly env: Readonly<Record<string, string>>;
  /** The node that most sentinels call the primary. */
  primary(): Promise<RedisNode>;
  /** Resolves when the sentinels know one another and a replica that can take over. */
  whole(): Promise<void>;
}

export async function startSentinelGroup(binary: string, tls?: TlsFiles): Promise<SentinelGroup> {
  await using stack = new AsyncDisposableStack();
  const first = stack.use(await startRedisNode(binary, ["repl-diskless-sync-delay 0"], { tls }));
  const second = stack.use(
    await startRedisNode(binary, ["repl-diskless-sync-delay 0", `replicaof 127.0.0.1 ${first.port}`], {
      tls,
    }),
  );
  const lines = [
    `sentinel monitor ${NAME} 127.0.0.1 ${first.port} 2`,
    `sentinel auth-pass ${NAME} "${groupPassword}"`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}`,
    `sentinel failover-timeout ${NAME} 6000`,
    // What the sentinels say to one another and to the data nodes is not a secret here, what clients ask is.
    `sentinel sentinel-pass "${groupPassword}"`,
  ];
  const sentinels = await Promise.all(
    [1, 2, 3].map(() => startRedisNode(binary, lines, { sentinel: true, tls })),
  );
  for (const sentinel of sentinels) stack.use(sentinel);
  const nodes = [first, second];

  async function primary(): Promise<RedisNode> {
    const answers = await Promise.all(
      sentinels.map((sentinel) => sentinel.ask("SENTINEL", "get-master-addr-by-name", NAME).catch(() => [])),
    );
    const votes = nodes.map(
      ({ port }) => answers.filter((answer) => (answer as string[])[1] === String(port)).length,
    );
    const found = nodes[votes.indexOf(Math.max(...votes))];
    if (!found || Math.max(...votes) < 2) throw new Error("no two sentinels name the same primary");
    return found;
  }

  async function whole(): Promise<void> {
    await until("the sentinels see one another and a replica", async () => {
      for (const sentinel of sentinels) {
        const master = fields(await sentinel.ask("SENTINEL", "MASTER", NAME));
        const [replica] = (await sentinel.ask("SENTINEL", "REPLICAS", NAME)) as unknown[];
        if (master.flags !== "master" || master["num-other-sentinels"] !== "2") return false;
        if (fields(replica ?? []).flags !== "slave") return false;
      }
      const info = String(await (await primary()).ask("INFO", "replication"));
      return /role:master/.test(info) && /state=online/.test(info);
    });
  }

  await whole();
  const owned = stack.move();
  return {
    sentinels,
    nodes,
    env: {
      REDIS_SENTINELS: sentinels.map(({ address }) => address).join(","),
      REDIS_SENTINEL_NAME: NAME,
      REDIS_PASSWORD: groupPassword,
      ...tlsSettings(tls),
    },
    primary,
    whole,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Names and values, one after the other, as an object. */
function fields(answer: unknown): Record<string, string> {
  if (!Array.isArray(answer)) return answer as Record<string, string>;
  return Object.fromEntries(
    answer.flatMap((name, i) => (i % 2 === 0 ? [[name as string, answer[i + 1] as string]] : [])),
  );
}

export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisNode[];
  readonly env: Readonly<Record<string, string>>;
  /** The node that has the slot of this key. */
  ownerOf(key: string): Promise<RedisNode>;
  /** Resolves when every slot is served and every shard has a replica. */
  whole(): Promise<void>;
}

/** Three primaries, each with a replica. */
export async function startRedisCluster(binary: string, tls?: TlsFiles): Promise<RedisCluster> {
  await using stack = new AsyncDisposableStack();
  const lines = [
    "cluster-enabled yes",
    ...(tls ? ["tls-cluster yes"] : []),
    "cluster-node-timeout 1500",
    "cluster-replica-validity-factor 0",
    "repl-diskless-sync-delay 0",
  ];
  // Not the default, ten thousand above: there a client of ours may have been given the port.
  const buses = await Promise.all(Array.from({ length: 6 }, () => freePort()));
  const nodes = await Promise.all(
    buses.map((bus) => startRedisNode(binary, [...lines, `cluster-port ${bus}`], { tls })),
  );
  for (const node of nodes) stack.use(node);
  const [seed, ...others] = nodes as [RedisNode, ...RedisNode[]];
  for (const [index, range] of [
    [0, ["0", "5461"]],
    [1, ["5462", "10922"]],
    [2, ["10923", "16383"]],
  ] as const)
    await nodes[index]?.ask("CLUSTER", "ADDSLOTSRANGE", ...range);
  for (const [index, { port }] of others.entries())
    await seed.ask("CLUSTER", "MEET", "127.0.0.1", String(port), String(buses[index + 1]));
  const ids = await Promise.all(nodes.map(async (node) => String(await node.ask("CLUSTER", "MYID"))));
  await until("the nodes know one another", async () => {
    const views = await Promise.all(nodes.map(async (node) => String(await node.ask("CLUSTER", "NODES"))));
    return views.every((view) => ids.every((id) => view.includes(id)) && !view.includes("handshake"));
  });
  for (const [index, node] of nodes.slice(3).entries())
    await node.ask("CLUSTER", "REPLICATE", ids[index] as string);

  async function view(): Promise<string> {
    for (const node of nodes) {
      const answer = await node.ask("CLUSTER", "NODES").catch(() => undefined);
      if (answer !== undefined) return String(answer);
    }
    throw new Error("no node of the cluster answers");
  }

  async function whole(): Promise<void> {
    await until("every shard has a primary and a replica", async () => {
      const states = await Promise.all(
        nodes.map(async (node) => {
          const info = String(await node.ask("CLUSTER", "INFO"));
          const links = String(await node.ask("INFO", "replication"));
          return /cluster_state:ok/.test(info) && /state=online|master_link_status:up/.test(links);
        }),
      );
      return states.every(Boolean);
    });
  }

  await whole();
  const owned = stack.move();
  return {
    nodes,
    env: {
      REDIS_CLUSTER_NODES: nodes.map(({ address }) => address).join(","),
      REDIS_PASSWORD: groupPassword,
      ...tlsSettings(tls),
    },
    async ownerOf(key) {
      const slot = Number(
        await seed.ask("CLUSTER", "KEYSLOT", key).catch(() => others[0]?.ask("CLUSTER", "KEYSLOT", key)),
      );
      for (const line of (await view()).split("\n")) {
        const [, address, flags, , , , , ...ranges] = line.split(" ");
        if (!flags?.includes("master") || flags.includes("fail")) continue;
        const has = ranges.some((range) => {
          const [from, to = from] = range.split("-").map(Number);
          return from !== undefined && from <= slot && slot <= (to ?? from);
        });
        const node = nodes.find(({ port }) => address?.startsWith(`127.0.0.1:${port}@`));
        if (has && node) return node;
      }
      throw new Error(`nobody has slot ${slot}`);
    },
    whole,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function tlsSettings(tls: TlsFiles | undefined): Record<string, string> {
  return tls ? { REDIS_TLS: "true", REDIS_CA_FILE: tls.ca } : {};
}

/** Asks until the answer is true, at most 30 s; a question that fails counts as no. */
async function until(what: string, ask: () => Promise<boolean>): Promise<void> {
  let last: unknown;
  for (const end = performance.now() + 30_000; performance.now() < end; ) {
    try {
      if (await ask()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`not within 30 s: ${what}`, { cause: last });
}
