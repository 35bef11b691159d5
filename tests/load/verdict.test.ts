import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Book, openBook } from "../../k6/scripts/book.ts";
import { openLedger } from "../../k6/scripts/ledger.ts";

const clean = { lost: 0, duplicates: 0, disorder: 0, strangers: 0, unanswered: 0 };
const noted = (seq: number, mark = seq - 1) => ({ conversationId: "c", seq, version: seq, mark });

/** A ledger in which the first person has sent `count` messages, and the books of two people who hold them. */
function honest(count: number) {
  const ledger = openLedger();
  const books = [openBook(), openBook()] as const;
  for (let seq = 1; seq <= count; seq++) {
    ledger.acknowledge(ledger.send(0), { conversationId: "c", seq });
    for (const book of books) book.receive(noted(seq));
  }
  return { ledger, books };
}

const members = () => [0, 1];

test("whatever comes live, in whatever order, and by SYNC besides: the book has everything once", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }).chain((count) =>
        fc.record({
          count: fc.constant(count),
          live: fc.shuffledSubarray(Array.from({ length: count }, (_, i) => i + 1)),
          syncAfter: fc.nat(count),
        }),
      ),
      ({ count, live, syncAfter }) => {
        const ledger = openLedger();
        const book = openBook();
        for (let seq = 1; seq <= count; seq++) {
          ledger.acknowledge(ledger.send(0), { conversationId: "c", seq });
        }
        const sync = () => {
          const from = book.versionOf("c");
          const messages = Array.from({ length: count - from }, (_, i) => noted(from + i + 1));
          book.merge({ id: "c", version: count, limited: false, messages });
        };
        for (const [i, seq] of live.entries()) {
          if (i === syncAfter) sync();
          book.receive(noted(seq), 1);
        }
        sync();
        expect(book.behind).toBe(false);
        expect(book.versions()).toEqual({ c: count });
        expect(ledger.judge([book], () => [0])).toEqual(clean);
      },
    ),
  );
});

test("a limited answer brings the book to its cursor, not to its version", () => {
  const book = openBook();
  book.merge({ id: "c", version: 9, limited: true, cursor: 2, messages: [noted(1), noted(2)] });
  expect(book.versions()).toEqual({ c: 2 });
});

test("a message that came too early leaves the book behind until the one before it has come", () => {
  const book = openBook();
  book.receive(noted(2), 1);
  expect(book.behind).toBe(true);
  book.receive(noted(1), 1);
  expect(book.behind).toBe(false);
  expect(book.versionOf("c")).toBe(2);
});

test("what everybody holds is as promised", () => {
  const { ledger, books } = honest(5);
  expect(ledger.judge(books, members)).toEqual(clean);
});

const faults: Record<string, [fault: (ledger: ReturnType<typeof openLedger>, book: Book) => void, object]> = {
  "an acknowledged message that one participant lacks is lost": [
    (ledger) => ledger.acknowledge(ledger.send(0), { conversationId: "c", seq: 6 }),
    { lost: 2 },
  ],
  "a message that was told twice on one connection is a duplicate": [
    (_, book) => {
      book.receive(noted(3), 1);
      book.receive(noted(3), 1);
    },
    { duplicates: 1 },
  ],
  "a message under two seqs is a duplicate": [(_, book) => book.receive(noted(6, 2)), { duplicates: 1 }],
  "a repeat that is acknowledged elsewhere is a duplicate": [
    (ledger) => ledger.acknowledge(1, { conversationId: "c", seq: 9 }),
    { duplicates: 1 },
  ],
  "two messages under one seq are disorder": [(_, book) => book.receive(noted(3, 4)), { disorder: 1 }],
  "a seq that nobody has is disorder": [
    (ledger, book) => {
      ledger.acknowledge(ledger.send(0), { conversationId: "c", seq: 7 });
      book.receive(noted(7, 5));
    },
    { disorder: 1, lost: 1 },
  ],
  "a message that nobody here sent is a stranger's": [
    (_, book) => book.receive(noted(6, -1)),
    { strangers: 1 },
  ],
  "a message that was never answered is counted": [(ledger) => ledger.send(0), { unanswered: 1 }],
};

for (const [name, [fault, expected]] of Object.entries(faults)) {
  test(name, () => {
    const { ledger, books } = honest(5);
    fault(ledger, books[1]);
    expect(ledger.judge(books, members)).toEqual({ ...clean, ...expected });
  });
}

test("what one sender sent later and has a lower seq is disorder", () => {
  const ledger = openLedger();
  const book = openBook();
  for (const seq of [2, 1]) ledger.acknowledge(ledger.send(0), { conversationId: "c", seq });
  book.receive(noted(1, 1));
  book.receive(noted(2, 0));
  expect(ledger.judge([book], () => [0])).toEqual({ ...clean, disorder: 1 });
});

test("who is not in a conversation and holds its messages is a stranger", () => {
  const { ledger, books } = honest(2);
  expect(ledger.judge(books, () => [0])).toEqual({ ...clean, strangers: 2 });
});
