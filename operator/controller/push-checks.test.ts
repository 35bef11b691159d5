import { expect, test, vi } from "vitest";
import type { AccountVerdict } from "../../src/push/check-account.ts";
import { createPushChecks } from "./push-checks.ts";

const accountOf = (projectId: string) => ({ projectId, clientEmail: "a@b", privateKey: "key" });
const one = accountOf("one");
const accepted: AccountVerdict = { kind: "accepted" };
const unreachable: AccountVerdict = { kind: "unreachable", code: "ENOTFOUND" };

/** Checks with answers given in advance; the last one is given again and again. */
function checksThatSay(answers: AccountVerdict[], times?: { again: number; retry: number }) {
  const asked: string[] = [];
  const told: string[] = [];
  const checks = createPushChecks({
    ask: async ({ projectId }) => {
      asked.push(projectId);
      return (answers.length > 1 ? answers.shift() : answers[0]) as AccountVerdict;
    },
    onVerdict: (cluster) => told.push(cluster),
    ...(times && { times }),
  });
  return { checks, asked, told };
}

test("an account is asked about once, however often it is looked at", async () => {
  const { checks, asked, told } = checksThatSay([accepted]);
  expect(checks.verdict("a/b", one)).toBeUndefined();
  await vi.waitFor(() => expect(told).toEqual(["a/b"]));
  for (let look = 0; look < 5; look++) expect(checks.verdict("a/b", { ...one })).toEqual(accepted);
  expect(asked).toEqual(["one"]);
  await checks.stop();
});

test("another account is asked about at once, and what is known of the one before does not count for it", async () => {
  const { checks, asked, told } = checksThatSay([accepted, { kind: "refused", code: "invalid_grant" }]);
  checks.verdict("a/b", one);
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(checks.verdict("a/b", accountOf("two"))).toBeUndefined();
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(checks.verdict("a/b", accountOf("two"))).toMatchObject({ kind: "refused" });
  expect(asked).toEqual(["one", "two"]);
  await checks.stop();
});

test("an account that was taken is asked about again after a while, and so is one that was not", async () => {
  for (const verdict of [accepted, { kind: "denied", code: "SERVICE_DISABLED" }] as const) {
    const { checks, asked } = checksThatSay([verdict], { again: 10, retry: 10 });
    checks.verdict("a/b", one);
    await vi.waitFor(() => expect(asked.length).toBeGreaterThan(3));
    await checks.stop();
  }
});

test("an outage says nothing of an account that was good until it lasts", async () => {
  const answers = [accepted, unreachable, unreachable, accepted, unreachable];
  const { checks, told } = checksThatSay(answers, { again: 1, retry: 1 });
  const seen = new Set<string>();
  checks.verdict("a/b", one);
  await vi.waitFor(() => {
    seen.add(checks.verdict("a/b", one)?.kind ?? "");
    expect(checks.verdict("a/b", one)).toEqual(unreachable);
  });
  expect(told.length).toBeGreaterThanOrEqual(3); // accepted twice, then unreachable from the third on
  await checks.stop();
});

test("one is asked about after the other, and none after the end or once its chat cluster has gone", async () => {
  const underWay = { now: 0, most: 0, ended: 0 };
  const checks = createPushChecks({
    async ask(_account, signal) {
      underWay.most = Math.max(underWay.most, ++underWay.now);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 20);
        signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      });
      underWay.now--;
      underWay.ended++;
      return accepted;
    },
    onVerdict: () => {},
  });
  for (const cluster of ["a/a", "a/b", "a/c", "a/d"]) checks.verdict(cluster, one);
  checks.verdict("a/d", undefined);
  await vi.waitFor(() => expect(checks.verdict("a/c", one)).toEqual(accepted));
  expect(underWay).toEqual({ now: 0, most: 1, ended: 3 });
  checks.verdict("a/e", one);
  await checks.stop();
  expect(underWay.now).toBe(0);
  expect(underWay.ended).toBeLessThanOrEqual(4);
});
