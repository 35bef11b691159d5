/** One event as it arrived; `at` is `performance.now()` of the arrival, in milliseconds. */
export type RecordedEvent<T = unknown> = {
  readonly event: string;
  readonly payload: T;
  readonly at: number;
};

type Predicate<T> = (payload: T) => boolean;
type Waiter = {
  readonly event: string;
  readonly matches: Predicate<never>;
  readonly take: (found: Entry) => void;
};
type Entry = RecordedEvent & { taken: boolean };

/**
 * Everything a client ever received, and waiting for what it has yet to receive.
 *
 * `next` hands each event to one caller only, so a test can write `await bob.events.next("NEW_MESSAGE")` before
 * or after the event came, once for each message, and never races nor sees one event twice.
 */
export class EventLog {
  readonly #entries: Entry[] = [];
  readonly #waiters = new Set<Waiter>();

  /** Adds an event; the client calls it. */
  record(event: string, payload: unknown): void {
    const entry: Entry = { event, payload, at: performance.now(), taken: false };
    this.#entries.push(entry);
    for (const waiter of this.#waiters) {
      if (waiter.event !== event || !(waiter.matches as Predicate<unknown>)(payload)) continue;
      this.#waiters.delete(waiter);
      waiter.take(entry);
      return;
    }
  }

  /** Every payload of this event so far, whether `next` has taken it or not; oldest first. */
  all<T = unknown>(event: string, matches: Predicate<T> = () => true): T[] {
    return this.#entries
      .filter((entry) => entry.event === event)
      .map((entry) => entry.payload as T)
      .filter(matches);
  }

  /** Everything that arrived, oldest first: what a leak is looked for in. */
  everything(): readonly RecordedEvent[] {
    return this.#entries;
  }

  /**
   * The payload of the first matching event that no earlier `next` took, arrived or still to come.
   * Rejects after `timeoutMs` with a list of what did arrive.
   */
  next<T = unknown>(event: string, matches: Predicate<T> = () => true, timeoutMs = 5_000): Promise<T> {
    const found = this.#entries.find(
      (entry) => !entry.taken && entry.event === event && matches(entry.payload as T),
    );
    if (found) {
      found.taken = true;
      return Promise.resolve(found.payload as T);
    }
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no matching ${event} within ${timeoutMs} ms; ${this.#summary()}`));
      }, timeoutMs);
      const waiter: Waiter = {
        event,
        matches: matches as Predicate<never>,
        take: (entry) => {
          clearTimeout(timer);
          entry.taken = true;
          resolve(entry.payload as T);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /**
   * Rejects if a matching event that nobody took is there already or comes within `ms`. A negative can only be
   * waited for: prefer to send a later event over the same path and to see that it arrives first.
   */
  async never<T = unknown>(event: string, matches: Predicate<T> = () => true, ms = 300): Promise<void> {
    const seen = await this.next<T>(event, matches, ms).then(
      (payload) => ({ payload }),
      () => undefined,
    );
    if (seen) throw new Error(`unexpected ${event}: ${JSON.stringify(seen.payload)}`);
  }

  #summary(): string {
    if (this.#entries.length === 0) return "nothing arrived at all";
    const last = this.#entries.slice(-12).map((e) => `${e.event}${e.taken ? " (taken)" : ""}`);
    return `${this.#entries.length} events arrived, the last: ${last.join(", ")}`;
  }
}
