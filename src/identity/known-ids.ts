import { LRUCache } from "lru-cache";

/** About 10 MB at the most. */
const MAX_IDS = 100_000;

/**
 * Remembers ids that are known to exist for `ttl` seconds (0: not at all). Only "yes" is remembered: who is
 * created a moment after a "no" must not wait. Of simultaneous questions about one id one is asked.
 */
export function knownIds(ttl: number): (id: string, look: () => Promise<boolean>) => Promise<boolean> {
  const known = ttl > 0 ? new LRUCache<string, true>({ max: MAX_IDS, ttl: ttl * 1000 }) : undefined;
  const asking = new Map<string, Promise<boolean>>();
  return async (id, look) => {
    if (known?.has(id)) return true;
    const pending = asking.get(id);
    if (pending && (await pending)) return true; // a "no" may be of a token with less to say: look oneself
    const answer = look()
      .then((exists) => {
        if (exists) known?.set(id, true);
        return exists;
      })
      .finally(() => asking.delete(id));
    asking.set(id, answer);
    return answer;
  };
}
