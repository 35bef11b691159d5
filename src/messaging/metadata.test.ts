import fc from "fast-check";
import { expect, test } from "vitest";
import { extractMetadata } from "./metadata.ts";

const none = { mentions: [], hashtags: [], urls: [] };

test.each<[content: string, found: Partial<typeof none> | Record<string, string[]>]>([
  ["hello @bob", { mentions: ["bob"] }],
  ["@bob, @carol.", { mentions: ["bob", "carol"] }],
  ["@anne-marie @j.r.r and @under_score", { mentions: ["anne-marie", "j.r.r", "under_score"] }],
  ["@bob @bob @BOB", { mentions: ["bob", "BOB"] }],
  ["(@bob)", { mentions: ["bob"] }],
  ["@Zoë @李雷", { mentions: ["Zoë", "李雷"] }],
  ["write to bob@example.com @carol", { mentions: ["carol"] }],
  ["@@bob #tag", { hashtags: ["tag"] }],
  ["#release #v2 #café #日本", { hashtags: ["release", "v2", "café", "日本"] }],
  ["#123 is no tag, #1st is", { hashtags: ["1st"] }],
  ["C# and &#39; and a##b #ok", { hashtags: ["ok"] }],
  ["see https://example.com/a?b=c#d.", { urls: ["https://example.com/a?b=c#d"] }],
  ["(http://a.example)", { urls: ["http://a.example"] }],
  ["HTTPS://A.EXAMPLE/@user/#frag", { urls: ["HTTPS://A.EXAMPLE/@user/#frag"] }],
  ["<a href='https://x.example/'>", { urls: ["https://x.example/"] }],
  [
    "@bob see #plan https://x.example",
    { mentions: ["bob"], hashtags: ["plan"], urls: ["https://x.example"] },
  ],
])("%j", (content, found) => {
  expect(extractMetadata(content)).toEqual({ ...none, ...found });
});

test.each(["", "hello", "a @ b", "# #", "ftp://x.example javascript://alert(1)", "3 #1 @-"])(
  "%j holds nothing, so nothing is stored",
  (content) => {
    expect(extractMetadata(content)).toBeNull();
  },
);

test("at most 50 of each, so that a message cannot address everybody", () => {
  const content = Array.from({ length: 80 }, (_, i) => `@u${i} #t${i} https://x.example/${i}`).join(" ");
  const found = extractMetadata(content);
  expect(found?.mentions).toHaveLength(50);
  expect(found?.hashtags).toHaveLength(50);
  expect(found?.urls).toHaveLength(50);
});

test("whatever the text: each once, nothing empty, all of it from the text, and storable", () => {
  const word = fc.constantFrom(
    "@",
    "#",
    "http://",
    "https://x",
    ".",
    "-",
    " ",
    "a",
    "é",
    "😀",
    "\u200d",
    ">",
    "1",
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 60 }).map((words) => words.join("")),
    fc.string({ unit: "grapheme" }),
  );
  fc.assert(
    fc.property(text, (content) => {
      for (const list of Object.values(extractMetadata(content) ?? none)) {
        expect(new Set(list).size).toBe(list.length);
        for (const item of list) {
          expect(item).not.toBe("");
          expect(content).toContain(item);
          expect(item.isWellFormed()).toBe(true);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test("the longest message takes no time worth a name, however it is made", () => {
  const start = performance.now();
  for (const part of ["@", "#", "@a.", "#a#", "http://", "https://a.", "a@b", "@-"])
    extractMetadata(part.repeat(Math.floor(10_000 / part.length)));
  expect(performance.now() - start).toBeLessThan(500);
});
