/** What a circle of people sent, and the verdict on what each of them holds of it in the end. Pure. */
import type { Book } from "./book.ts";

/** All that went wrong; zeros are what the contract promises. */
export interface Verdict {
  /** Acknowledged messages that a participant does not hold, counted for each. */
  readonly lost: number;
  /** Messages held under two seqs, acknowledged twice with different ones, or told twice on one connection. */
  readonly duplicates: number;
  /** Gaps in a conversation's seqs, seqs given twice, and messages of one sender whose seqs go down. */
  readonly disorder: number;
  /** Messages held by somebody who is not in the conversation, or that nobody here sent. */
  readonly strangers: number;
  /** Never answered, however often they were sent again. */
  readonly unanswered: number;
}

/** Where an acknowledgement says that a message is. */
export interface Place {
  readonly conversationId: string;
  readonly seq: number;
}

export interface Ledger {
  readonly sent: number;
  readonly answered: number;
  /** Books a send of `sender`; returns the message's mark. */
  send(sender: number): number;
  acknowledge(mark: number, place: Place): void;
  /** Judges the books, one for each person; `members` says who is in a conversation. */
  judge(books: readonly Book[], members: (conversationId: string) => readonly number[]): Verdict;
}

export function openLedger(): Ledger {
  const senders: number[] = [];
  const places: (Place | undefined)[] = [];
  let answered = 0;
  let moved = 0;

  return {
    get sent() {
      return senders.length;
    },
    get answered() {
      return answered;
    },
    send: (sender) => senders.push(sender) - 1,
    acknowledge(mark, place) {
      const before = places[mark];
      if (!before) answered++;
      else if (before.seq !== place.seq || before.conversationId !== place.conversationId) moved++;
      places[mark] ??= place;
    },
    judge(books, members) {
      const truth = new Map<string, (number | undefined)[]>();
      const last = new Map<string, number>();
      let disorder = 0;
      for (const [mark, place] of places.entries()) {
        if (!place) continue;
        const marks = truth.get(place.conversationId) ?? [];
        truth.set(place.conversationId, marks);
        if (marks[place.seq] !== undefined) disorder++;
        marks[place.seq] = mark;
        const stream = `${place.conversationId} ${senders[mark]}`;
        if (place.seq < (last.get(stream) ?? 0)) disorder++;
        last.set(stream, place.seq);
      }
      let lost = 0;
      let duplicates = moved;
      let strangers = 0;
      for (const [id, marks] of truth) {
        for (let seq = 1; seq < marks.length; seq++) {
          if (marks[seq] === undefined && !heldBySomebody(books, id, seq)) disorder++;
        }
        for (const member of members(id)) {
          const held = books[member]?.pages.get(id)?.marks ?? [];
          for (let seq = 1; seq < marks.length; seq++) {
            if (marks[seq] !== undefined && held[seq] !== marks[seq]) lost++;
          }
        }
      }
      for (const [person, book] of books.entries()) {
        duplicates += book.liveTwice;
        disorder += book.clashes;
        const seen = new Set<number>();
        for (const [id, page] of book.pages) {
          const inside = members(id).includes(person);
          for (const mark of page.marks) {
            if (mark === undefined) continue;
            if (seen.has(mark)) duplicates++;
            seen.add(mark);
            if (!inside || !(mark >= 0 && mark < senders.length)) strangers++;
          }
        }
      }
      return { lost, duplicates, disorder, strangers, unanswered: senders.length - answered };
    },
  };
}

/** A message whose acknowledgement never came may still have taken its seq: that is no gap. */
function heldBySomebody(books: readonly Book[], id: string, seq: number): boolean {
  return books.some((book) => book.pages.get(id)?.marks[seq] !== undefined);
}
