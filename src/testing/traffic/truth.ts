import type { SyncingClient } from "../client/syncing-client.ts";
import type { People } from "../history/people.ts";
import type { Meter } from "./meter.ts";

/** No client is waited for longer than this. */
const PATIENCE_MS = 60_000;

/**
 * What each user must be able to see by now: the highest acknowledged version of each of their conversations. A client
 * that reconnects is consistent once it holds what was acknowledged before its socket connected.
 */
export class Truth {
  readonly #meter: Meter;
  readonly #versions = new Map<string, Map<string, number>>();
  readonly #known = new WeakSet<SyncingClient>();
  readonly #rounds = new WeakMap<SyncingClient, number>();

  constructor(meter: Meter) {
    this.#meter = meter;
  }

  /** A change of the conversation `key` of these people was acknowledged with this version. */
  acknowledged(people: People, key: string, conversationId: string, version: number): void {
    for (const userId of people.recorder.conversations.get(key)?.members ?? []) {
      const held = this.#versions.get(userId) ?? new Map<string, number>();
      this.#versions.set(userId, held);
      held.set(conversationId, Math.max(version, held.get(conversationId) ?? 0));
    }
  }

  /** Called at each connect of a client: all but the first are measured. */
  connected(client: SyncingClient): void {
    if (!this.#known.has(client)) {
      this.#known.add(client);
      return;
    }
    this.#meter.reconnected();
    void this.#measure(client);
  }

  async #measure(client: SyncingClient): Promise<void> {
    const round = (this.#rounds.get(client) ?? 0) + 1;
    this.#rounds.set(client, round);
    const since = performance.now();
    const due = [...(this.#versions.get(client.userId) ?? [])];
    const lostAgain = () => this.#rounds.get(client) !== round || !client.connected;
    const holds = () => due.every(([id, version]) => (client.conversations.get(id)?.version ?? 0) >= version);
    const ended = await client.waitUntil(() => lostAgain() || holds(), PATIENCE_MS);
    const tookMs = performance.now() - since;
    if (ended && !holds()) this.#meter.interrupted();
    else this.#meter.consistent(client.userId, since, tookMs);
  }
}
