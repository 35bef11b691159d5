import fc from "fast-check";
import { expect, test } from "vitest";
import { statusFrom } from "./message-status.ts";

const userId = fc.constantFrom("a", "b", "c", "d", "e");
const pointers = fc.uniqueArray(
  fc.record({ userId, deliveredSeq: fc.nat({ max: 6 }), readSeq: fc.nat({ max: 6 }) }),
  { selector: (p) => p.userId, maxLength: 5 },
);

test("READ or DELIVERED once everybody but the sender has come so far, for any participants", () => {
  fc.assert(
    fc.property(pointers, fc.integer({ min: 1, max: 6 }), userId, (participants, seq, senderId) => {
      const others = participants.filter((p) => p.userId !== senderId);
      const expected =
        others.length === 0
          ? "SENT"
          : others.every((p) => p.readSeq >= seq)
            ? "READ"
            : others.every((p) => Math.max(p.deliveredSeq, p.readSeq) >= seq)
              ? "DELIVERED"
              : "SENT";
      expect(statusFrom(participants)(seq, senderId)).toBe(expected);
    }),
    { numRuns: 1000 },
  );
});

test("a conversation with oneself stays SENT: there is nobody to read it", () => {
  expect(statusFrom([{ userId: "me", deliveredSeq: 9, readSeq: 9 }])(1, "me")).toBe("SENT");
});

test("a sender who has left does not count as a reader, those who are in it do", () => {
  const status = statusFrom([{ userId: "b", deliveredSeq: 3, readSeq: 2 }]);
  expect([1, 2, 3, 4].map((seq) => status(seq, "gone"))).toEqual(["READ", "READ", "DELIVERED", "SENT"]);
});
