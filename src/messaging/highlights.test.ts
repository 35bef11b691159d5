import fc from "fast-check";
import { expect, test } from "vitest";
import { fold, highlightsOf, isOpen, wantedWords } from "./highlights.ts";

const shown = (content: string, query: string) =>
  highlightsOf(content, wantedWords(query)).map(({ start, end }) => content.slice(start, end));

test.each([
  ["Käse und KASE", "kase", ["Käse", "KASE"]],
  ["one, two; three", '"one two" three', ["one", "two", "three"]],
  ["with and without", "with -without", ["with"]],
  ["with a phrase", 'with -"a phrase"', ["with"]],
  ["this or that", "this or that", ["this", "that"]],
  ["meeting meet met", "meet", ["meeting", "meet"]],
  ["meeting meet", "meet ", ["meet"]],
  ["nothing here", "", []],
  ["😀 smile 😀", "smile", ["smile"]],
])("in %j the query %j shows %j", (content, query, words) => {
  expect(shown(content, query)).toEqual(words);
});

test.each([
  ["meet", true],
  ["me", false],
  ["meet ", false],
  ['"meet"', false],
  ["a -meet", false],
  ["this or", false],
  ["50%", false],
])("the last word of %j may be a beginning: %s", (query, open) => {
  expect(isOpen(query)).toBe(open);
});

test("whatever is written and asked, highlights are in order, within the text, and hold what was asked", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 80 });
  fc.assert(
    fc.property(text, text, (content, query) => {
      const wanted = wantedWords(query);
      let at = 0;
      for (const { start, end } of highlightsOf(content, wanted)) {
        expect(start).toBeGreaterThanOrEqual(at);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(content.length);
        const word = fold(content.slice(start, end));
        expect(wanted.some((each) => (each.open ? word.startsWith(each.word) : word === each.word))).toBe(
          true,
        );
        at = end;
      }
    }),
  );
});
