import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { beforeAll, test } from "vitest";
import { essence } from "../support/drift.ts";
import { keepOnFailure, ownNamespace } from "../support/namespace.ts";
import { killOperator, restartAtOnce } from "../support/operator.ts";
import { expectPromisesKept } from "../support/promises.ts";
import { install, owned, patch, ready } from "../support/release.ts";
import { underTraffic } from "../support/traffic.ts";
import { until } from "../support/until.ts";

const namespace = ownNamespace("killed");
const ns = namespace.name;
const KILLS = 20;

beforeAll(async () => {
  await install(ns);
  await ready(ns);
  await restartAtOnce(ns);
});

/** Two specs that differ in many objects but not in what gateways are made of; settings change once, and roll them. */
const specs = [
  {
    networkPolicies: { enabled: true },
    gateway: { autoscaling: { enabled: false } },
    worker: { replicas: 1 },
  },
  {
    networkPolicies: { enabled: false },
    gateway: { autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 2 } },
    worker: { replicas: 2 },
  },
];
const settings = (round: number) => ({ PRESENCE_GRACE: round < KILLS / 2 ? "4000" : "5000" });

/** Everything that the operator wants, as it is; Jobs come and go. */
async function state(): Promise<Map<string, unknown>> {
  const objects = (await owned(ns)).filter(({ kind }) => kind !== "Job");
  return new Map(objects.map((object) => [`${object.kind} ${object.metadata.name}`, essence(object)]));
}

function difference(one: Map<string, unknown>, other: Map<string, unknown>): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(one.get(name), other.get(name)));
}

test("the operator is killed by SIGKILL 20 times at random points of its work in constant traffic, and always reaches the same state", {
  timeout: 1_200_000,
}, async () => {
  keepOnFailure(namespace);
  // What each combination comes to when nobody is killed.
  const undisturbed = new Map<string, Map<string, unknown>>();
  const key = (round: number) => `${round % 2} ${settings(round).PRESENCE_GRACE}`;
  const want = (round: number) => patch(ns, { spec: { ...specs[round % 2], config: settings(round) } });
  for (const round of [KILLS - 2, KILLS - 1, 1, 0]) {
    await want(round);
    await ready(ns);
    undisturbed.set(key(round), await state());
  }

  const took: number[] = [];
  const report = await underTraffic(ns, async () => {
    for (let round = 0; round < KILLS; round++) {
      await want(round);
      await delay(Math.random() * 800);
      await killOperator(ns);
      const since = performance.now();
      let missing: string[] = [];
      await until(
        `the state of round ${round}`,
        async () => {
          missing = difference(await state(), undisturbed.get(key(round)) as Map<string, unknown>);
          return missing.length === 0;
        },
        { timeoutMs: 120_000, everyMs: 500, seen: () => missing },
      );
      took.push(performance.now() - since);
    }
    await ready(ns);
  });
  const longest = Math.max(...took) / 1_000;
  console.log(`${KILLS} kills, the same state again after at most ${longest.toFixed(1)} s`);
  expectPromisesKept(report);
});
