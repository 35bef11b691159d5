import { type Change, Replica } from "./replica.ts";
import type { SyncAnswer } from "./wire.ts";

/** All conversations that one device holds, and waiting for what they come to hold. */
export class Replicas {
  readonly byId = new Map<string, Replica>();
  readonly #watchers = new Set<() => void>();

  /** Some conversation has a gap. */
  get behind(): boolean {
    return [...this.byId.values()].some((replica) => replica.behind);
  }

  /** The version held of each: what SYNC asks with. */
  versions(): Record<string, number> {
    return Object.fromEntries([...this.byId.values()].map((replica) => [replica.id, replica.version]));
  }

  /** Zero for a conversation that is not held. */
  versionOf(id: string): number {
    return this.byId.get(id)?.version ?? 0;
  }

  receive(id: string, change: Change): void {
    this.#at(id).receive(change);
    this.#changed();
  }

  /** Takes a SYNC answer in; true if there is more to ask for. */
  merge(answer: SyncAnswer): boolean {
    for (const delta of answer.conversations) this.#at(delta.id).merge(delta);
    for (const id of answer.left) this.byId.delete(String(id));
    this.#changed();
    return answer.conversations.some((delta) => delta.limited);
  }

  drop(id: string): void {
    this.byId.delete(id);
    this.#changed();
  }

  /** Whether this comes to hold, looked at after every change, before the signal aborts. */
  async waitUntil(holds: () => boolean, deadline: AbortSignal): Promise<boolean> {
    while (!holds()) {
      if (deadline.aborted) return false;
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.#watchers.delete(wake);
          deadline.removeEventListener("abort", wake);
          resolve();
        };
        this.#watchers.add(wake);
        deadline.addEventListener("abort", wake);
      });
    }
    return true;
  }

  #at(id: string): Replica {
    const known = this.byId.get(id) ?? new Replica(id);
    this.byId.set(id, known);
    return known;
  }

  #changed(): void {
    for (const wake of this.#watchers) wake();
  }
}
