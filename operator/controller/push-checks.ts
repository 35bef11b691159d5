/**
 * What Firebase says of the accounts that chat clusters push with: asked when an account is new or has changed, else
 * once an hour, and with growing pauses while it is not taken. One at a time, since each is a process.
 */
import type { AccountVerdict } from "../../src/push/check-account.ts";
import type { ServiceAccount } from "../../src/push/service-account.ts";
import { backoff, pause } from "../kube/backoff.ts";
import { hashOf } from "../topologies/common/hash.ts";

export interface PushChecks {
  /** What is known by now of the account of the chat cluster; undefined: not asked yet, or it has none. */
  verdict(cluster: string, account: ServiceAccount | undefined): AccountVerdict | undefined;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

export interface PushCheckOptions {
  ask: (account: ServiceAccount, signal: AbortSignal) => Promise<AccountVerdict>;
  /** Something new is known of the chat cluster's account. */
  onVerdict: (cluster: string) => void;
  /** ms until it is asked again: after it was taken, and at first after it was not. */
  times?: { again: number; retry: number };
}

/** In a row, and nothing said: an account that was good counts as good for so many. */
const BEARABLE = 3;

interface Check {
  fingerprint: string;
  verdict?: AccountVerdict;
  failures: number;
  superseded: AbortController;
}

export function createPushChecks(options: PushCheckOptions): PushChecks {
  const { again, retry } = options.times ?? { again: 3_600_000, retry: 30_000 };
  const checks = new Map<string, Check>();
  const running = new Set<Promise<void>>();
  let turn: Promise<unknown> = Promise.resolve();

  async function keepAsking(cluster: string, check: Check, account: ServiceAccount): Promise<void> {
    const { signal } = check.superseded;
    while (!signal.aborted) {
      const answer = turn.then(() => (signal.aborted ? undefined : options.ask(account, signal)));
      turn = answer;
      const verdict = await answer;
      if (signal.aborted || !verdict) return;
      check.failures = verdict.kind === "accepted" ? 0 : check.failures + 1;
      const bearable = verdict.kind === "unreachable" && check.failures < BEARABLE;
      if (!(bearable && check.verdict?.kind === "accepted")) {
        check.verdict = verdict;
        options.onVerdict(cluster);
      }
      const wait =
        check.failures === 0
          ? again * (0.9 + Math.random() / 5)
          : backoff(check.failures, { first: retry, longest: again });
      await pause(wait, signal);
    }
  }

  function begin(cluster: string, account: ServiceAccount, fingerprint: string): void {
    const check: Check = { fingerprint, failures: 0, superseded: new AbortController() };
    checks.set(cluster, check);
    const done = keepAsking(cluster, check, account).finally(() => running.delete(done));
    running.add(done);
  }

  return {
    verdict(cluster, account) {
      const known = checks.get(cluster);
      const fingerprint = account && hashOf(account);
      if (known?.fingerprint === fingerprint) return known?.verdict;
      known?.superseded.abort();
      checks.delete(cluster);
      if (account && fingerprint) begin(cluster, account, fingerprint);
      return undefined;
    },
    async stop() {
      for (const { superseded } of checks.values()) superseded.abort();
      checks.clear();
      await Promise.all(running);
    },
  };
}
