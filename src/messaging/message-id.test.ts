import fc from "fast-check";
import { expect, test } from "vitest";
import { isUuid } from "../protocol/primitives.ts";
import { fingerprint, messageId, newMessageId } from "./message-id.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 });

test("the id of (sender, tempId) never changes: clients repeat a send after a release, and must hit the same row", () => {
  // Worked out by hand from the SHA-256 of "5:alice1".
  expect(messageId("alice", "1")).toBe("923975c1-fe49-864a-af5a-6b6db407bd90");
});

test("it is a UUID of version 8 and of the RFC's variant", () => {
  fc.assert(
    fc.property(anyText, anyText, (sender, tempId) => {
      const id = messageId(sender, tempId);
      expect(isUuid(id)).toBe(true);
      expect(id.charAt(14)).toBe("8");
      expect("89ab").toContain(id.charAt(19));
    }),
  );
});

test("characters shifted between sender and tempId give another id", () => {
  fc.assert(
    fc.property(anyText, fc.nat(), fc.nat(), (text, first, second) => {
      const [i, j] = [first % (text.length + 1), second % (text.length + 1)];
      fc.pre(i !== j);
      expect(messageId(text.slice(0, i), text.slice(i))).not.toBe(messageId(text.slice(0, j), text.slice(j)));
    }),
  );
  // A sender whose id looks like the length of another's.
  expect(messageId("1:a", "b")).not.toBe(messageId("a", "b"));
  expect(messageId("1", "2:34")).not.toBe(messageId("12", ":34"));
});

test("different senders or tempIds give different ids", () => {
  const pair = fc.tuple(anyText, anyText);
  fc.assert(
    fc.property(pair, pair, (one, other) => {
      fc.pre(one[0] !== other[0] || one[1] !== other[1]);
      expect(messageId(...one)).not.toBe(messageId(...other));
    }),
  );
});

test("messages without a tempId get an id of their own", () => {
  expect(isUuid(newMessageId())).toBe(true);
  expect(newMessageId()).not.toBe(newMessageId());
});

test("a fingerprint is a signed 64-bit integer that tells apart what was said", () => {
  const said = fc.array(fc.oneof(anyText, fc.boolean(), fc.constant(null), fc.integer()));
  fc.assert(
    fc.property(said, said, (one, other) => {
      const value = BigInt(fingerprint(one));
      expect(BigInt.asIntN(64, value)).toBe(value);
      const same = JSON.stringify(one) === JSON.stringify(other);
      expect(fingerprint(one) === fingerprint(other)).toBe(same);
    }),
  );
  expect(fingerprint(["ab", "c"])).not.toBe(fingerprint(["a", "bc"]));
});
