/** How far each other person has received and read one's messages, and what of that is news. Pure. */
export class Receipts {
  readonly #own = new Map<string, number[]>();
  readonly #told = new Map<string, number>();

  /** One's own message has this number. */
  sent(conversationId: string, seq: number): void {
    const own = this.#own.get(conversationId) ?? [];
    if (!own.includes(seq)) own.push(seq);
    this.#own.set(conversationId, own);
  }

  /**
   * Somebody has received (or read) everything up to `seq`: the number of the last own message that is news of, or
   * undefined if that is no news.
   */
  advance(
    what: "received" | "read",
    conversationId: string,
    userId: string,
    seq: number,
  ): number | undefined {
    const last = Math.max(0, ...(this.#own.get(conversationId) ?? []).filter((own) => own <= seq));
    const read = `read ${conversationId} ${userId}`;
    const key = `${what} ${conversationId} ${userId}`;
    // Who has read it has received it: a late "received" is no news.
    if (last === 0 || last <= Math.max(this.#told.get(key) ?? 0, this.#told.get(read) ?? 0)) return undefined;
    this.#told.set(key, last);
    return last;
  }
}
