import { afterAll, beforeAll, expect, test } from "vitest";
import { patchAs, removeFrom, type TestCluster, testCluster } from "../../src/testing/kube/test-cluster.ts";
import type { TcpRelay } from "../../src/testing/tcp-relay.ts";
import type { KubeClient } from "./client.ts";
import { standForElection, type Term } from "./lease.ts";

let cluster: TestCluster;
let relay: TcpRelay;
/** Shorter than in life, in the same proportions. */
const times = { duration: 3000, renewEvery: 1000, renewWithin: 2000 };

beforeAll(async () => {
  cluster = await testCluster(process.env);
  relay = await cluster.startRelay();
});
afterAll(() => cluster?.[Symbol.asyncDispose]());

interface Candidate {
  identity: string;
  /** Beginning and end of each term, ms; the last one may have no end yet. */
  terms: { from: number; to?: number }[];
  term?: Term;
  errors: unknown[];
  stop(): Promise<void>;
}

function stand(name: string, identity: string, client: KubeClient = cluster.client): Candidate {
  const stopping = new AbortController();
  const candidate: Candidate = {
    identity,
    terms: [],
    errors: [],
    async stop() {
      stopping.abort();
      await ended;
    },
  };
  const ended = standForElection(
    {
      client,
      namespace: cluster.namespace,
      name,
      identity,
      times,
      onError: (error) => candidate.errors.push(error),
      async lead(term) {
        const own: { from: number; to?: number } = { from: performance.now() };
        candidate.terms.push(own);
        candidate.term = term;
        await new Promise((resolve) => term.signal.addEventListener("abort", resolve));
        own.to = performance.now();
      },
    },
    stopping.signal,
  );
  return candidate;
}

const leads = ({ terms }: Candidate) => terms.length > 0 && terms.at(-1)?.to === undefined;
const lease = (name: string) => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: cluster.namespace },
});

/** That of all terms of all candidates no two were at the same time. */
function expectOneAtATime(candidates: readonly Candidate[]): void {
  const terms = candidates.flatMap(({ terms }) => terms).sort((a, b) => a.from - b.from);
  for (const [i, term] of terms.entries()) {
    const next = terms[i + 1];
    if (next) expect(term.to).toBeLessThanOrEqual(next.from);
  }
}

test("whoever stops gives the lease back, and another takes over within 2 s; at no time do two lead", async () => {
  const candidates = ["a", "b", "c"].map((identity) => stand("handover", identity));
  const waits: number[] = [];
  for (let left = [...candidates]; left.length > 0; ) {
    await expect.poll(() => left.filter(leads).length, { timeout: 10_000, interval: 10 }).toBe(1);
    const leader = left.find(leads);
    left = left.filter((candidate) => candidate !== leader);
    await leader?.stop();
    const ended = leader?.terms.at(-1)?.to ?? 0;
    if (left.length === 0) break;
    await expect.poll(() => left.filter(leads).length, { timeout: 10_000, interval: 10 }).toBe(1);
    waits.push((left.find(leads)?.terms.at(-1)?.from ?? 0) - ended);
  }
  process.stdout.write(`handed over within ${waits.map(Math.round).join(", ")} ms\n`);
  expect(Math.max(...waits)).toBeLessThan(2000);
  expectOneAtATime(candidates);
});

test("a leader that is cut off silently stops before another takes over, and stands by when it is back", async () => {
  const lost = stand("silent", "lost", cluster.through(relay));
  await expect.poll(() => leads(lost), { timeout: 10_000 }).toBe(true);
  const other = stand("silent", "other");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(other.terms).toEqual([]);

  relay.silence();
  const cut = performance.now();
  await expect.poll(() => leads(other), { timeout: 15_000, interval: 10 }).toBe(true);
  const { to = Number.POSITIVE_INFINITY } = lost.terms[0] ?? {};
  process.stdout.write(
    `ended ${Math.round(to - cut)} ms, taken over ${Math.round(performance.now() - cut)} ms after the cut\n`,
  );
  expectOneAtATime([lost, other]);
  expect(to - cut).toBeLessThan(times.duration);
  expect(() => lost.term?.assure()).toThrow();

  relay.mend();
  await new Promise((resolve) => setTimeout(resolve, times.duration));
  expect(lost.terms).toHaveLength(1);
  await other.stop();
  await expect.poll(() => leads(lost), { timeout: 10_000 }).toBe(true);
  await lost.stop();
});

test("a lease that a person hands to somebody else is given up, and taken again once that one does not renew it", async () => {
  const one = stand("person", "one");
  await expect.poll(() => leads(one), { timeout: 10_000 }).toBe(true);
  await patchAs("person", cluster.client, lease("person"), { spec: { holderIdentity: "somebody" } });
  await expect.poll(() => leads(one), { timeout: 5000 }).toBe(false);
  await expect.poll(() => leads(one), { timeout: 10_000 }).toBe(true); // somebody never renews
  await one.stop();
});

test("a lease that a person deletes is made again, and nobody uses the gap to lead as well", async () => {
  const one = stand("deleted", "one");
  await expect.poll(() => leads(one), { timeout: 10_000 }).toBe(true);
  const two = stand("deleted", "two");
  await new Promise((resolve) => setTimeout(resolve, 500));
  await removeFrom(cluster.client, lease("deleted"));
  await new Promise((resolve) => setTimeout(resolve, 2 * times.duration));
  expect([one, two].filter(leads)).toHaveLength(1);
  await one.stop();
  await expect.poll(() => leads(two), { timeout: 5000 }).toBe(true);
  await two.stop();
  expectOneAtATime([one, two]);
});

test("the same identity goes on at once after it was killed", async () => {
  const { client } = cluster;
  await client.call({
    verb: "create",
    resource: "leases",
    path: `/apis/coordination.k8s.io/v1/namespaces/${cluster.namespace}/leases`,
    body: { ...lease("killed"), spec: { holderIdentity: "same", leaseDurationSeconds: 3600 } },
  });
  const same = stand("killed", "same");
  await expect.poll(() => leads(same), { timeout: 1000 }).toBe(true);
  await same.stop();
});

test("a lease without a holder, as a chart makes it, is taken", async () => {
  await cluster.writer.create(lease("empty"));
  const one = stand("empty", "one");
  await expect.poll(() => leads(one), { timeout: 1000 }).toBe(true);
  await one.stop();
  const live = await cluster.writer.read(lease("empty"));
  expect(live?.spec).toMatchObject({ holderIdentity: "", leaseDurationSeconds: 1 });
});
