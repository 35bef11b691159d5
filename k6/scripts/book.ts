/**
 * What one device knows of its conversations: a correct client's book, kept by live events and SYNC. Of a message it
 * keeps its number in this run (its "mark") at its `seq`. Pure.
 */

/** A message as far as the book cares. */
export interface Noted {
  readonly conversationId: string;
  readonly seq: number;
  readonly version: number;
  readonly mark: number;
}

/** Of a SYNC answer, one conversation. */
export interface Delta<M extends Noted = Noted> {
  readonly id: string;
  readonly version: number;
  readonly limited: boolean;
  readonly cursor?: number | undefined;
  readonly messages: readonly M[];
}

/** What a device holds of one conversation. */
export interface Page {
  /** Everything up to here is in `marks`. */
  version: number;
  /** By seq; 0 is not used. */
  readonly marks: (number | undefined)[];
  /** Live events that came too early, by version. */
  readonly early: Map<number, Noted>;
  /** The connection on which each seq came live: twice on one is a duplicate. */
  readonly liveOn: (number | undefined)[];
}

export interface Book {
  readonly pages: ReadonlyMap<string, Page>;
  /** Seqs that two different messages claimed, and messages that came live twice on one connection. */
  readonly clashes: number;
  readonly liveTwice: number;
  /** Takes a live message (`connection`: its number) or an own acknowledgement (none). True if it was new. */
  receive(message: Noted, connection?: number): boolean;
  /** Takes one conversation of a SYNC answer; returns the messages that were new. */
  merge<M extends Noted>(delta: Delta<M>): M[];
  /** Whether a later message is here and an earlier one is not. */
  readonly behind: boolean;
  versionOf(conversationId: string): number;
  versions(): Record<string, number>;
}

export function openBook(): Book {
  const pages = new Map<string, Page>();
  let clashes = 0;
  let liveTwice = 0;

  function pageOf(id: string): Page {
    const known = pages.get(id);
    if (known) return known;
    const page: Page = { version: 0, marks: [], early: new Map(), liveOn: [] };
    pages.set(id, page);
    return page;
  }

  /** True if the seq was empty. */
  function write(page: Page, { seq, mark }: Noted): boolean {
    const held = page.marks[seq];
    if (held !== undefined && held !== mark) clashes++;
    if (held === undefined) page.marks[seq] = mark;
    return held === undefined;
  }

  function drain(page: Page): void {
    for (let next = page.early.get(page.version + 1); next; next = page.early.get(page.version + 1)) {
      page.early.delete(next.version);
      page.version = next.version;
    }
  }

  return {
    pages,
    get clashes() {
      return clashes;
    },
    get liveTwice() {
      return liveTwice;
    },
    get behind() {
      for (const page of pages.values()) if (page.early.size > 0) return true;
      return false;
    },
    receive(message, connection) {
      const page = pageOf(message.conversationId);
      if (connection !== undefined) {
        if (page.liveOn[message.seq] === connection) liveTwice++;
        page.liveOn[message.seq] = connection;
      }
      const fresh = write(page, message);
      if (message.version > page.version) {
        page.early.set(message.version, message);
        drain(page);
      }
      return fresh;
    },
    merge<M extends Noted>({ id, version, limited, cursor, messages }: Delta<M>) {
      const page = pageOf(id);
      const fresh = messages.filter((message) => write(page, message));
      const reached = limited ? (cursor ?? page.version) : version;
      if (reached > page.version) page.version = reached;
      for (const early of page.early.keys()) if (early <= page.version) page.early.delete(early);
      drain(page);
      return fresh;
    },
    versionOf: (id) => pages.get(id)?.version ?? 0,
    versions() {
      const versions: Record<string, number> = {};
      for (const [id, page] of pages) versions[id] = page.version;
      return versions;
    },
  };
}
