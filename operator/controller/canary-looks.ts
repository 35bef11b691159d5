/** What the canaries of chat clusters see: their workers' metrics are read every few seconds, while there is one. */
import { pause } from "../kube/backoff.ts";

/** `arrive`: all workers' last messages did; `unreadable`: no worker answered three times. */
export type CanaryWord = "arrive" | "fail" | "unreadable";

export interface CanaryLooks {
  /** What is known by now. No addresses: the chat cluster has no canary, and is forgotten. */
  word(cluster: string, addresses: readonly string[] | undefined): CanaryWord | undefined;
  /** Resolves when nothing is under way any more. */
  stop(): Promise<void>;
}

const EVERY = 10_000;
const TIMEOUT = 3000;
/** Looks in a row without an answer, or with a bad one, that are borne: one message late is no outage. */
const BEARABLE = 2;

interface Look {
  addresses: readonly string[];
  word?: CanaryWord;
  ended: AbortController;
}

/** @param onWord something new is known of the chat cluster. */
export function createCanaryLooks(onWord: (cluster: string) => void, every = EVERY): CanaryLooks {
  const looks = new Map<string, Look>();
  const running = new Set<Promise<void>>();

  async function keepLooking(cluster: string, look: Look): Promise<void> {
    const { signal } = look.ended;
    for (let bad = 0; !signal.aborted; await pause(every, signal)) {
      const seen = await see(look.addresses, signal);
      if (signal.aborted) return;
      bad = seen === "arrive" ? 0 : bad + 1;
      const word = bad > 0 && bad <= BEARABLE && look.word !== undefined ? look.word : seen;
      if (word === look.word) continue;
      look.word = word;
      onWord(cluster);
    }
  }

  return {
    word(cluster, addresses) {
      const known = looks.get(cluster);
      if (addresses === undefined) {
        known?.ended.abort();
        looks.delete(cluster);
        return undefined;
      }
      if (known) {
        known.addresses = addresses;
        return known.word;
      }
      const look: Look = { addresses, ended: new AbortController() };
      looks.set(cluster, look);
      const done = keepLooking(cluster, look).finally(() => running.delete(done));
      running.add(done);
      return undefined;
    },
    async stop() {
      for (const { ended } of looks.values()) ended.abort();
      looks.clear();
      await Promise.all(running);
    },
  };
}

async function see(addresses: readonly string[], stop: AbortSignal): Promise<CanaryWord> {
  const answers = await Promise.all(addresses.map((address) => ask(address, stop)));
  const known = answers.filter((answer) => answer !== undefined);
  if (known.length === 0) return "unreadable";
  return known.every(Boolean) ? "arrive" : "fail";
}

/** Whether the worker's last message arrived; undefined: no answer, or its canary does not sing. */
async function ask(address: string, stop: AbortSignal): Promise<boolean | undefined> {
  try {
    const signal = AbortSignal.any([stop, AbortSignal.timeout(TIMEOUT)]);
    const text = await (await fetch(address, { signal })).text();
    if (!/^nexus_canary_on 1$/m.test(text)) return undefined;
    return /^nexus_canary_ok 1$/m.test(text);
  } catch {
    return undefined;
  }
}
