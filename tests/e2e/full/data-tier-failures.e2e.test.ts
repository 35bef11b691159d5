import { exec } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { list, read } from "../support/api.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { kubectl } from "../support/program.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { chat, install, podsReady, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

// The primary of each store is lost, in each way, again and again, in constant traffic. E2E_ROUNDS says how often;
// nodes are lost only where E2E_NODES names a program that takes `kill`, `revive`, `cut` and `mend` with a node's name.
const namespace = ownNamespace("data-tier");
const ns = namespace.name;
const ROUNDS = Number(process.env.E2E_ROUNDS ?? 10);
const NODES = process.env.E2E_NODES;
const run = promisify(exec);

beforeAll(async () => {
  await install(ns, {
    spec: {
      redis: { topology: "sentinel" },
      postgres: { topology: "ha", storage: { size: "1Gi" } },
      gateway: { replicas: 3 },
    },
  });
  await ready(ns, { timeoutMs: 400_000 });
});

let broken: string | undefined;
afterAll(async () => {
  if (broken) await run(broken);
});

type Store = "redis" | "postgres";

async function primaryOf(store: Store): Promise<string> {
  if (store === "postgres") {
    const leader = await read("ConfigMap", ns, `${chat}-postgres-leader`);
    return String(leader?.metadata.annotations?.leader);
  }
  return until("a sentinel that names the primary", async () => {
    const sentinels = await list("Pod", ns, "app.kubernetes.io/component=sentinel");
    for (const { metadata } of sentinels) {
      const ask = "REDISCLI_AUTH=$REDIS_PASSWORD valkey-cli -p 26379 sentinel get-primary-addr-by-name nexus";
      const said = await kubectl(["-n", ns, "exec", metadata.name, "--", "sh", "-c", ask]).catch(() => "");
      const host = said.split("\n")[0]?.split(".")[0];
      if (host) return host;
    }
    return undefined;
  });
}

async function loseNode(store: Store, how: "kill" | "cut", back: "revive" | "mend"): Promise<void> {
  const pod = await read("Pod", ns, await primaryOf(store));
  const node = String(pod?.spec.nodeName);
  broken = `${NODES} ${back} ${node}`;
  await run(`${NODES} ${how} ${node}`);
  await delay(45_000);
  await run(broken);
  broken = undefined;
}

const ways: Record<string, (store: Store) => Promise<void>> = {
  "pod is deleted": async (store) => {
    await kubectl(["-n", ns, "delete", "pod", await primaryOf(store), "--wait=false"]);
  },
  "process is killed": async (store) => {
    // A container's first process cannot be killed from within: Valkey is told to end at once.
    const pod = await primaryOf(store);
    const kill =
      store === "postgres"
        ? "kill -9 $(head -n 1 $PGDATA/postmaster.pid)"
        : "REDISCLI_AUTH=$REDIS_PASSWORD valkey-cli shutdown nosave now force || true";
    await kubectl(["-n", ns, "exec", pod, "--", "sh", "-c", kill]).catch(() => {});
  },
  "node is killed": (store) => loseNode(store, "kill", "revive"),
  "network is cut": (store) => loseNode(store, "cut", "mend"),
};

/** ms within which writes must be possible again; Redis is not in a message's way at all. */
const limits: Record<Store, Record<string, number>> = {
  postgres: { "pod is deleted": 5_000, others: 30_000 },
  redis: { others: 15_000 },
};

for (const store of ["redis", "postgres"] as const)
  for (const [way, lose] of Object.entries(ways)) {
    const needsNodes = way.startsWith("node") || way.startsWith("network");
    test.skipIf(needsNodes && !NODES)(
      `${store}: the primary's ${way}, ${ROUNDS} times: writes go on, nothing acknowledged is lost, it rejoins`,
      async () => {
        keepOnFailure(namespace);
        for (let round = 1; round <= ROUNDS; round++) {
          const report = await underTraffic(ns, async () => {
            await lose(store);
            await delay(15_000);
            await podsReady(ns, store, 3, 240_000);
            await ready(ns, { timeoutMs: 240_000 });
          });
          expectPromisesKept(report);
          const limit = limits[store][way] ?? limits[store].others ?? 0;
          expect(report.longestPauseMs, `round ${round}`).toBeLessThan(limit);
        }
      },
      ROUNDS * 420_000,
    );
  }
